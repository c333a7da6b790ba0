#include "storage/sqlite/functions/regex_bracket.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/letter_case.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::sqlite {
namespace {

struct named_class {
    std::string_view name;
    std::string_view inside;
};

// Digits are ASCII's alone, as iswdigit has it.
constexpr std::array<named_class, 14> classes = {{
    {"alnum", "\\p{L}\\p{N}"},
    {"alpha", "\\p{L}"},
    {"blank", " \\t"},
    {"cntrl", "[:cntrl:]"},
    {"digit", "0-9"},
    {"graph", "[:graph:]"},
    {"lower", "[:lower:]"},
    {"print", "[:print:]"},
    {"punct", "[:punct:]"},
    {"space", "\\s"},
    {"upper", "[:upper:]"},
    {"xdigit", "0-9A-Fa-f"},
    {"word", "\\w"},
    {"ascii", "\\x{00}-\\x{7f}"},
}};

std::string_view inside_of(std::string_view name) {
    for (const auto& c : classes) {
        if (c.name == name) return c.inside;
    }
    return {};
}

sql_error bad_escape() { return regex_error("invalid escape \\ sequence"); }

// Exactly `count` digits at the start of `rest`, or for 0 as many as there are.
result<char32_t> hex_code(std::string_view& rest, std::size_t count) {
    char32_t code = 0;
    std::size_t digits = 0;
    while (digits < rest.size() && (count == 0 || digits < count)) {
        const int digit = types::hex_digit(rest[digits]);
        if (digit < 0) break;
        code = code * 16 + static_cast<char32_t>(digit);
        if (code > 0x10FFFF) return bad_escape();
        ++digits;
    }
    if (digits == 0 || (count != 0 && digits < count)) return bad_escape();
    rest.remove_prefix(digits);
    return code;
}

// The inside of one bracket expression.
class bracket {
public:
    bracket(std::string_view& rest, std::string& out) : rest_(rest), out_(out) {}

    result<void> run(bool excludes_newline) {
        rest_.remove_prefix(1);
        const bool negated = take("^");
        out_ += negated ? "[^" : "[";
        if (negated && excludes_newline) out_ += "\\n";
        for (bool first = true; first || !rest_.starts_with(']'); first = false) {
            if (rest_.empty()) return unbalanced();
            if (auto ok = one(); !ok) return ok;
        }
        rest_.remove_prefix(1);
        out_ += ']';
        return {};
    }

private:
    static sql_error unbalanced() { return regex_error("brackets [] not balanced"); }

    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    // A class, or a character, or a range of characters.
    result<void> one() {
        if (take("[:")) {
            auto name = up_to(":]");
            if (!name) return name.error();
            const auto inside = inside_of(*name);
            if (inside.empty()) return regex_error("invalid character class");
            out_ += inside;
            return {};
        }
        if (rest_.size() > 1 && rest_[0] == '\\') {
            if (const auto inside = class_shorthand(rest_[1]); !inside.empty()) {
                if (rest_[1] >= 'A' && rest_[1] <= 'Z') {
                    // A negated class cannot be part of a list: its opposite's own escape can.
                    out_ += rest_[1] == 'D' ? "\\x{00}-/:-\\x{10ffff}" : rest_.substr(0, 2);
                } else {
                    out_ += inside;
                }
                rest_.remove_prefix(2);
                return {};
            }
        }
        auto low = element();
        if (!low) return low.error();
        if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') {
            append_code(*low, out_);
            return {};
        }
        rest_.remove_prefix(1);
        auto high = element();
        if (!high) return high.error();
        if (*high < *low) return regex_error("invalid character range");
        append_code(*low, out_);
        out_ += '-';
        append_code(*high, out_);
        return {};
    }

    result<std::string_view> up_to(std::string_view end) {
        const auto at = rest_.find(end);
        if (at == std::string_view::npos) return unbalanced();
        const auto inside = rest_.substr(0, at);
        rest_.remove_prefix(at + end.size());
        return inside;
    }

    result<char32_t> element() {
        if (rest_.empty()) return unbalanced();
        for (const auto& [open, close] :
             {std::pair<std::string_view, std::string_view>{"[.", ".]"}, {"[=", "=]"}}) {
            if (!take(open)) continue;
            auto inside = up_to(close);
            if (!inside) return inside.error();
            std::size_t at = 0;
            if (inside->empty()) return regex_error("invalid collating element");
            const auto code = next_code_point(*inside, at);
            if (at != inside->size()) return regex_error("invalid collating element");
            return code;
        }
        if (rest_.front() == '\\') return character_escape(rest_);
        std::size_t at = 0;
        const auto code = next_code_point(rest_, at);
        rest_.remove_prefix(at);
        return code;
    }

    std::string_view& rest_;
    std::string& out_;
};

}  // namespace

std::string_view class_shorthand(char letter) {
    switch (letter) {
        case 'd':
            return "0-9";
        case 'D':
            return "^0-9";
        case 's':
            return "\\s";
        case 'S':
            return "\\S";
        case 'w':
            return "\\w";
        case 'W':
            return "\\W";
        default:
            return {};
    }
}

result<void> translate_bracket(std::string_view& rest, const regex_flags& flags, std::string& out) {
    return bracket(rest, out).run(flags.dot_stops_at_newline);
}

result<char32_t> character_escape(std::string_view& rest) {
    if (rest.size() < 2) return bad_escape();
    const char ch = rest[1];
    rest.remove_prefix(2);
    switch (ch) {
        case 'a':
            return U'\a';
        case 'b':
            return U'\b';
        case 'B':
            return U'\\';
        case 'e':
            return U'\x1b';
        case 'f':
            return U'\f';
        case 'n':
            return U'\n';
        case 'r':
            return U'\r';
        case 't':
            return U'\t';
        case 'v':
            return U'\v';
        case 'u':
            return hex_code(rest, 4);
        case 'U':
            return hex_code(rest, 8);
        case 'x':
            return hex_code(rest, 0);
        case 'c': {
            if (rest.empty()) return bad_escape();
            const auto code = static_cast<char32_t>(static_cast<unsigned char>(rest.front()) & 31u);
            rest.remove_prefix(1);
            return code;
        }
        case '0': {
            char32_t code = 0;
            for (int i = 0; i < 2 && !rest.empty() && rest.front() >= '0' && rest.front() <= '7';
                 ++i) {
                code = code * 8 + static_cast<char32_t>(rest.front() - '0');
                rest.remove_prefix(1);
            }
            return code;
        }
        default:
            break;
    }
    if (is_alphanumeric(static_cast<unsigned char>(ch)) && static_cast<unsigned char>(ch) < 0x80) {
        return bad_escape();
    }
    std::string_view character(rest.data() - 1, rest.size() + 1);
    std::size_t at = 0;
    const auto code = next_code_point(character, at);
    rest.remove_prefix(at - 1);
    return code;
}

void append_literal(std::string_view character, std::string& out) {
    if (character.size() == 1 && !is_alphanumeric(static_cast<unsigned char>(character.front()))) {
        out += '\\';
    }
    out += character;
}

void append_code(char32_t code, std::string& out) {
    if (code < 0x80 && is_alphanumeric(code)) {
        out += static_cast<char>(code);
        return;
    }
    char digits[8];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, static_cast<std::uint32_t>(code), 16).ptr;
    out += "\\x{";
    out.append(digits, end);
    out += '}';
}

}  // namespace historyd::sqlite
