#include "storage/sql/deparse/identifier.hpp"
#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/quoted_literal.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/utf8.hpp"

// Quoting of identifiers and literals, and the reverse.

namespace historyd::sqlite {

std::string quoted_literal(std::string_view text) {
    std::string out = text.find('\\') == std::string_view::npos ? "'" : "E'";
    for (const char ch : text) {
        if (ch == '\'' || ch == '\\') out += ch;
        out += ch;
    }
    return out + '\'';
}

namespace {

result<value> quote_ident(const function_call& c) {
    return value(sql::quote_identifier(c.text(0)));
}

result<value> quote_literal(const function_call& c) { return value(quoted_literal(c.text(0))); }

result<value> quote_nullable(const function_call& c) {
    return value(c.is_null(0) ? std::string("NULL") : quoted_literal(c.text(0)));
}

bool starts_identifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_identifier(char c) {
    return starts_identifier(c) || (c >= '0' && c <= '9') || c == '$';
}

// parse_ident(): a dotted name taken apart, unquoted parts folded to lower case.
class identifier_parser {
public:
    identifier_parser(std::string_view text, bool strict) : text_(text), strict_(strict) {}

    result<value> run() {
        std::vector<std::optional<std::string>> parts;
        skip_blanks();
        for (bool after_dot = false;; after_dot = true) {
            auto part = one_part(after_dot);
            if (!part) return part.error();
            parts.emplace_back(std::move(*part));
            skip_blanks();
            if (rest_.empty() || rest_.front() != '.') break;
            rest_.remove_prefix(1);
            skip_blanks();
        }
        if (!rest_.empty() && strict_) return invalid();
        return value(types::array_to_text(types::one_dimensional(std::move(parts))));
    }

private:
    void skip_blanks() {
        while (!rest_.empty() && types::is_blank(rest_.front())) rest_.remove_prefix(1);
    }

    sql_error invalid(std::string detail = {}) const {
        return sql_error(sqlstate::invalid_parameter_value,
                         "string is not a valid identifier: \"" + std::string(text_) + "\"")
            .with_detail(std::move(detail));
    }

    result<std::string> one_part(bool after_dot) {
        if (!rest_.empty() && rest_.front() == '"') return quoted_part();
        if (!rest_.empty() && starts_identifier(rest_.front())) {
            std::size_t length = 1;
            while (length < rest_.size() && continues_identifier(rest_[length])) ++length;
            std::string part(rest_.substr(0, length));
            for (char& ch : part) {
                if (ch >= 'A' && ch <= 'Z') ch = static_cast<char>(ch + 32);
            }
            rest_.remove_prefix(length);
            return part;
        }
        if (!rest_.empty() && rest_.front() == '.') {
            return invalid("No valid identifier before \".\".");
        }
        return after_dot ? invalid("No valid identifier after \".\".") : invalid();
    }

    result<std::string> quoted_part() {
        std::string part;
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == '"') {
                if (at + 1 < rest_.size() && rest_[at + 1] == '"') {
                    ++at;
                } else {
                    rest_.remove_prefix(at + 1);
                    if (part.empty()) return invalid("Quoted identifier must not be empty.");
                    return part;
                }
            }
            part += rest_[at];
        }
        return invalid("String has unclosed double quotes.");
    }

    std::string_view text_;
    bool strict_;
    std::string_view rest_ = text_;
};

result<value> parse_ident(const function_call& c) {
    return identifier_parser(c.text(0), c.boolean(1)).run();
}

// unistr(): \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX and \\, surrogate pairs put together.
class unicode_escapes {
public:
    explicit unicode_escapes(std::string_view text) : text_(text) {}

    result<value> run() {
        while (at_ < text_.size()) {
            if (text_[at_] != '\\') {
                if (high_ != 0) return bad_pair();
                out_ += text_[at_++];
            } else if (text_.substr(at_).starts_with("\\\\")) {
                if (high_ != 0) return bad_pair();
                out_ += '\\';
                at_ += 2;
            } else if (auto ok = escape(); !ok) {
                return ok.error();
            }
        }
        if (high_ != 0) return bad_pair();
        return value(std::move(out_));
    }

private:
    static sql_error bad_pair() {
        return {sqlstate::syntax_error, "invalid Unicode surrogate pair"};
    }

    result<void> escape() {
        auto rest = text_.substr(at_ + 1);
        std::size_t prefix = 1, digits = 4;
        if (rest.starts_with('+')) {
            prefix = 2;
            digits = 6;
        } else if (rest.starts_with('u')) {
            prefix = 2;
        } else if (rest.starts_with('U')) {
            prefix = 2;
            digits = 8;
        }
        rest = text_.substr(at_).size() > prefix ? text_.substr(at_ + prefix, digits) : "";
        std::uint32_t code = 0;
        for (const char ch : rest) {
            const int digit = ch >= '0' && ch <= '9'   ? ch - '0'
                              : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
                              : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10
                                                       : -1;
            if (digit < 0) rest = {};
            code = code * 16 + static_cast<std::uint32_t>(digit);
        }
        if (rest.size() != digits) {
            return sql_error(sqlstate::syntax_error, "invalid Unicode escape")
                .with_hint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
        }
        at_ += prefix + digits;
        return add(code, rest);
    }

    result<void> add(std::uint32_t code, std::string_view digits) {
        if (code == 0 || code > 0x10FFFF) {
            return sql_error(sqlstate::invalid_parameter_value,
                             "invalid Unicode code point: " + std::string(digits));
        }
        const bool is_low = code >= 0xDC00 && code <= 0xDFFF;
        if (is_low != (high_ != 0)) return bad_pair();
        if (code >= 0xD800 && code <= 0xDBFF) {
            high_ = code;
            return {};
        }
        if (is_low) {
            code = 0x10000 + ((high_ - 0xD800) << 10) + (code - 0xDC00);
            high_ = 0;
        }
        types::append_utf8(static_cast<char32_t>(code), out_);
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t high_ = 0;  // the first half of a surrogate pair
    std::string out_;
};

result<value> unistr(const function_call& c) { return unicode_escapes(c.text(0)).run(); }

}  // namespace

std::span<const scalar_function> quote_functions() {
    static constexpr scalar_function functions[] = {
        strict<quote_ident>("pg_quote_ident", 1),
        strict<quote_literal>("pg_quote_literal", 1),
        nullable<quote_nullable>("pg_quote_nullable", 1),
        strict<parse_ident>("pg_parse_ident", 2),
        strict<unistr>("pg_unistr", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
