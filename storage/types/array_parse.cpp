#include "storage/types/array_text.hpp"

#include <algorithm>
#include <charconv>

#include "storage/types/input_text.hpp"

namespace historyd::types {

namespace {

sql_error too_many_dimensions(std::size_t count) {
    return {sqlstate::program_limit_exceeded,
            "number of array dimensions (" + std::to_string(count) +
                ") exceeds the maximum allowed (" + std::to_string(array_dimensions_max) + ")"};
}

class array_parser {
public:
    explicit array_parser(std::string_view literal) : literal_(literal), rest_(literal) {}

    result<array_value> parse() {
        skip_blanks();
        bool explicit_dimensions = false;
        if (rest_.starts_with('[')) {
            explicit_dimensions = true;
            if (auto r = read_dimensions(); !r) return r.error();
        }
        if (!rest_.starts_with('{')) {
            return malformed(explicit_dimensions
                                 ? "Array contents must start with \"{\"."
                                 : "Array value must start with \"{\" or dimension information.");
        }
        if (auto r = read_level(0); !r) return r.error();
        skip_blanks();
        if (!rest_.empty()) return malformed("Junk after closing right brace.");

        for (const auto length : lengths_) {
            if (length > 0) found_.dimensions.push_back({length, 1});
        }
        if (explicit_dimensions) {
            const auto same_length = [](const array_dimension& a, const array_dimension& b) {
                return a.length == b.length;
            };
            if (!std::equal(given_.begin(), given_.end(), found_.dimensions.begin(),
                            found_.dimensions.end(), same_length)) {
                return malformed("Specified array dimensions do not match array contents.");
            }
            found_.dimensions = std::move(given_);
        }
        return std::move(found_);
    }

private:
    sql_error malformed(std::string detail) const {
        return sql_error(sqlstate::invalid_text_representation,
                         "malformed array literal: \"" + std::string(literal_) + "\"")
            .with_detail(std::move(detail));
    }
    sql_error unexpected_end() const { return malformed("Unexpected end of input."); }
    sql_error unexpected_character(char c) const {
        return malformed(std::string("Unexpected \"") + c + "\" character.");
    }

    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    }

    // A bound, saturated at an int32's range as PostgreSQL's atoi is.
    std::optional<std::int64_t> take_bound() {
        std::size_t n = rest_.starts_with('-') || rest_.starts_with('+') ? 1 : 0;
        const bool negative = rest_.starts_with('-');
        const std::size_t first_digit = n;
        std::int64_t v = 0;
        for (; n < rest_.size() && is_digit(rest_[n]); ++n) {
            v = std::min<std::int64_t>(v * 10 + (rest_[n] - '0'), INT32_MAX);
        }
        if (n == first_digit) return std::nullopt;
        rest_.remove_prefix(n);
        return negative ? -v : v;
    }

    result<void> read_dimensions() {
        while (rest_.starts_with('[')) {
            rest_.remove_prefix(1);
            if (given_.size() == array_dimensions_max) {
                return too_many_dimensions(array_dimensions_max + 1);
            }
            auto lower = std::optional<std::int64_t>(1);
            auto upper = take_bound();
            if (upper && rest_.starts_with(':')) {
                rest_.remove_prefix(1);
                lower = upper;
                upper = take_bound();
            }
            if (!upper) {
                return malformed("\"[\" must introduce explicitly-specified array dimensions.");
            }
            if (!rest_.starts_with(']')) return malformed("Missing \"]\" after array dimensions.");
            rest_.remove_prefix(1);
            if (*upper < *lower) {
                return sql_error(sqlstate::array_subscript_error,
                                 "upper bound cannot be less than lower bound");
            }
            const std::int64_t length = *upper - *lower + 1;
            if (length > static_cast<std::int64_t>(array_elements_max) && length > INT32_MAX) {
                return sql_error(sqlstate::program_limit_exceeded,
                                 "array size exceeds the maximum allowed (134217727)");
            }
            given_.push_back(
                {static_cast<std::int32_t>(length), static_cast<std::int32_t>(*lower)});
            skip_blanks();
        }
        if (!rest_.starts_with('=')) return malformed("Missing \"=\" after array dimensions.");
        rest_.remove_prefix(1);
        skip_blanks();
        return {};
    }

    // One pair of braces: elements if nothing deeper has been seen to hold them, else levels.
    result<void> read_level(std::size_t depth) {
        rest_.remove_prefix(1);
        skip_blanks();
        if (depth >= array_dimensions_max) return too_many_dimensions(depth_of_nesting(depth));
        if (lengths_.size() <= depth) lengths_.push_back(-1);
        if (rest_.starts_with('}')) {
            // Only a whole array may be empty.
            if (depth > 0) return unexpected_character('}');
            rest_.remove_prefix(1);
            return {};
        }
        std::int32_t count = 0;
        for (;; ++count) {
            if (auto r = read_item(depth); !r) return r;
            skip_blanks();
            if (rest_.empty()) return unexpected_end();
            const char c = rest_.front();
            if (c == '}') break;
            if (c == '{') return unexpected_character(c);
            if (c != ',') return malformed("Unexpected array element.");
            rest_.remove_prefix(1);
            skip_blanks();
            if (rest_.starts_with('}')) return unexpected_character('}');
        }
        rest_.remove_prefix(1);
        ++count;
        if (lengths_[depth] >= 0 && lengths_[depth] != count) {
            return malformed(
                "Multidimensional arrays must have sub-arrays with matching dimensions.");
        }
        lengths_[depth] = count;
        return {};
    }

    // For the error text: how deep the braces go on from here.
    std::size_t depth_of_nesting(std::size_t depth) const {
        std::size_t total = depth + 1;
        for (const char c : rest_) {
            if (is_blank(c)) continue;
            if (c != '{') break;
            ++total;
        }
        return total;
    }

    result<void> read_item(std::size_t depth) {
        if (rest_.empty()) return unexpected_end();
        if (rest_.front() == '{') {
            if (elements_depth_ && *elements_depth_ == depth) return unexpected_character('{');
            return read_level(depth + 1);
        }
        // All elements are at one depth: the first one's.
        if (lengths_.size() > depth + 1 || (elements_depth_ && *elements_depth_ != depth)) {
            return malformed("Unexpected array element.");
        }
        elements_depth_ = depth;
        if (rest_.front() == '"') return read_quoted();
        return read_unquoted();
    }

    result<void> add(std::optional<std::string> element) {
        if (found_.elements.size() == array_elements_max) {
            return sql_error(sqlstate::program_limit_exceeded,
                             "array size exceeds the maximum allowed (134217727)");
        }
        found_.elements.push_back(std::move(element));
        return {};
    }

    result<void> read_quoted() {
        std::string element;
        rest_.remove_prefix(1);
        for (;;) {
            if (rest_.empty()) return unexpected_end();
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return add(std::move(element));
            if (c == '\\') {
                if (rest_.empty()) return unexpected_end();
                c = rest_.front();
                rest_.remove_prefix(1);
            }
            element += c;
        }
    }

    result<void> read_unquoted() {
        std::string element;
        std::size_t kept = 0;  // blanks behind the last other character are not part of it
        bool escaped = false;
        for (;;) {
            if (rest_.empty()) return unexpected_end();
            char c = rest_.front();
            if (c == '"') return malformed("Unexpected array element.");
            if (c == '{') return unexpected_character(c);
            if (c == ',' || c == '}') break;
            rest_.remove_prefix(1);
            const bool blank = is_blank(c);
            if (c == '\\') {
                if (rest_.empty()) return unexpected_end();
                c = rest_.front();
                rest_.remove_prefix(1);
                escaped = true;
            }
            element += c;
            if (!blank) kept = element.size();
        }
        element.resize(kept);
        if (element.empty()) return unexpected_character(rest_.front());
        if (!escaped && equals_ignoring_case(element, "null")) return add(std::nullopt);
        return add(std::move(element));
    }

    const std::string_view literal_;
    std::string_view rest_;
    std::vector<array_dimension> given_;
    std::vector<std::int32_t> lengths_;  // by depth; -1 until the first level there is complete
    std::optional<std::size_t> elements_depth_;
    array_value found_;
};

}  // namespace

result<array_value> parse_array(std::string_view literal) { return array_parser(literal).parse(); }

}  // namespace historyd::types
