#include "storage/sqlite/functions/format_call.hpp"

#include <cstdlib>
#include <optional>

#include "storage/sql/deparse/identifier.hpp"
#include "storage/sqlite/functions/quoted_literal.hpp"
#include "storage/sqlite/functions/text_limit.hpp"
#include "storage/sqlite/functions/typed_text.hpp"
#include "storage/types/numeric.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::sqlite {
namespace {

sql_error invalid(std::string message) {
    return {sqlstate::invalid_parameter_value, std::move(message)};
}

sql_error unterminated() {
    return invalid("unterminated format() type specifier")
        .with_hint("For a single \"%\" use \"%%\".");
}

sql_error too_few() { return invalid("too few arguments for format()"); }

sql_error number_out_of_range() {
    return {sqlstate::numeric_value_out_of_range, "number is out of range"};
}

struct specifier {
    int position = 0;  // argument to print, 0 for the next one
    bool left_aligned = false;
    int width = 0;
    bool width_given_by_argument = false;
    int width_position = 0;  // argument that gives the width, 0 for the next one
    char type = 0;
};

class formatter {
public:
    explicit formatter(const function_call& c) : call_(c), pattern_(c.text(1)) {}

    result<value> run() {
        while (at_ < pattern_.size()) {
            const auto percent = pattern_.find('%', at_);
            out_ += pattern_.substr(at_, percent - at_);
            if (percent == std::string_view::npos) break;
            at_ = percent + 1;
            if (at_ == pattern_.size()) return unterminated();
            if (pattern_[at_] == '%') {
                out_ += '%';
                ++at_;
                continue;
            }
            if (auto ok = print_one(); !ok) return ok.error();
        }
        return value(std::move(out_));
    }

private:
    int argument_count() const { return call_.count() / 2 - 1; }

    // Digits at the cursor. Returns: nullopt when there are none.
    result<std::optional<int>> digits() {
        std::int64_t n = 0;
        const auto start = at_;
        while (at_ < pattern_.size() && pattern_[at_] >= '0' && pattern_[at_] <= '9') {
            n = n * 10 + (pattern_[at_++] - '0');
            if (n > INT32_MAX) return number_out_of_range();
        }
        if (at_ == start) return std::optional<int>();
        if (at_ == pattern_.size()) return unterminated();
        return std::optional<int>(static_cast<int>(n));
    }

    bool take(char c) {
        if (at_ >= pattern_.size() || pattern_[at_] != c) return false;
        ++at_;
        return true;
    }

    static result<int> argument_position(int n) {
        if (n == 0)
            return invalid("format specifies argument 0, but arguments are numbered from 1");
        return n;
    }

    result<specifier> parse() {
        specifier s;
        auto number = digits();
        if (!number) return number.error();
        if (*number && take('$')) {
            auto position = argument_position(**number);
            if (!position) return position.error();
            s.position = *position;
            number->reset();
        } else if (*number) {
            s.width = **number;
        }
        if (!*number) {
            while (take('-')) s.left_aligned = true;
            if (auto ok = parse_width(s); !ok) return ok.error();
        }
        if (at_ >= pattern_.size()) return unterminated();
        s.type = pattern_[at_++];
        return s;
    }

    result<void> parse_width(specifier& s) {
        if (take('*')) {
            s.width_given_by_argument = true;
            auto position = digits();
            if (!position) return position.error();
            if (!*position) return {};
            if (!take('$')) return invalid("width argument position must be ended by \"$\"");
            auto checked = argument_position(**position);
            if (!checked) return checked.error();
            s.width_position = *checked;
            return {};
        }
        auto width = digits();
        if (!width) return width.error();
        if (*width) s.width = **width;
        return {};
    }

    // The index of the value to use: an argument by its position, or the one after the last used.
    result<int> take_argument(int position) {
        last_ = position != 0 ? position : last_ + 1;
        if (last_ > argument_count()) return too_few();
        return 2 * last_ + 1;
    }

    result<void> take_width(specifier& s) {
        const auto index = take_argument(s.width_position);
        if (!index) return index.error();
        std::int64_t width = 0;
        if (!call_.is_null(*index)) {
            std::string text;
            if (auto ok = append_typed_text(call_, call_.type(*index - 1), *index, text); !ok) {
                return ok;
            }
            const auto parsed = types::numeric::parse(text);
            if (!parsed) return parsed.error();
            const auto as_int4 = parsed->to_int4();
            if (!as_int4) return number_out_of_range();
            width = *as_int4;
        }
        if (width < 0) s.left_aligned = true;
        if (width == INT32_MIN) return number_out_of_range();
        s.width = static_cast<int>(std::abs(width));
        return {};
    }

    result<void> print_one() {
        auto parsed = parse();
        if (!parsed) return parsed.error();
        auto& s = *parsed;
        if (s.type != 's' && s.type != 'I' && s.type != 'L') {
            --at_;
            std::string character(
                pattern_.substr(at_, types::prefix_bytes(pattern_.substr(at_), 1)));
            return invalid("unrecognized format() type specifier \"" + character + "\"")
                .with_hint("For a single \"%\" use \"%%\".");
        }
        if (s.width_given_by_argument) {
            if (auto ok = take_width(s); !ok) return ok;
        }
        const auto index = take_argument(s.position);
        if (!index) return index.error();
        std::string text;
        if (auto ok = convert(s.type, *index, text); !ok) return ok;
        return pad(s, text);
    }

    result<void> convert(char type, int index, std::string& out) {
        if (call_.is_null(index)) {
            if (type == 'I') {
                return sql_error(sqlstate::null_value_not_allowed,
                                 "null values cannot be formatted as an SQL identifier");
            }
            if (type == 'L') out = "NULL";
            return {};
        }
        if (auto ok = append_typed_text(call_, call_.type(index - 1), index, out); !ok) return ok;
        if (type == 'I') out = sql::quote_identifier(out);
        if (type == 'L') out = quoted_literal(out);
        return {};
    }

    result<void> pad(const specifier& s, const std::string& text) {
        const auto length = types::count_characters(text);
        const auto width = static_cast<std::size_t>(s.width);
        const auto missing = width > length ? width - length : 0;
        if (missing > text_bytes_max - out_.size()) return text_too_long();
        if (!s.left_aligned) out_.append(missing, ' ');
        out_ += text;
        if (s.left_aligned) out_.append(missing, ' ');
        return {};
    }

    const function_call& call_;
    std::string_view pattern_;
    std::size_t at_ = 0;
    int last_ = 0;
    std::string out_;
};

}  // namespace

result<value> format_call(const function_call& c) {
    if (c.count() < 2 || c.is_null(1)) return value();
    return formatter(c).run();
}

}  // namespace historyd::sqlite
