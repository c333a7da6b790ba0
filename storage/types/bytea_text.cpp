#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::types {

namespace {

sql_error invalid_hex_digit(std::string_view rest) {
    const auto character = rest.substr(0, prefix_bytes(rest, 1));
    return {sqlstate::invalid_parameter_value,
            "invalid hexadecimal digit: \"" + std::string(character) + "\""};
}

result<std::string> parse_hex(std::string_view s) {
    std::string bytes;
    bytes.reserve(s.size() / 2);
    while (!s.empty()) {
        const char c = s.front();
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            s.remove_prefix(1);
            continue;
        }
        const int high = hex_digit(c);
        if (high < 0) return invalid_hex_digit(s);
        if (s.size() < 2) {
            return sql_error(sqlstate::invalid_parameter_value,
                             "invalid hexadecimal data: odd number of digits");
        }
        const int low = hex_digit(s[1]);
        if (low < 0) return invalid_hex_digit(s.substr(1));
        bytes += static_cast<char>(high << 4 | low);
        s.remove_prefix(2);
    }
    return bytes;
}

bool is_octal(char c, char max) { return c >= '0' && c <= max; }

result<std::string> parse_escaped(std::string_view s) {
    std::string bytes;
    bytes.reserve(s.size());
    while (!s.empty()) {
        if (s.front() != '\\') {
            bytes += s.front();
            s.remove_prefix(1);
        } else if (s.starts_with("\\\\")) {
            bytes += '\\';
            s.remove_prefix(2);
        } else if (s.size() >= 4 && is_octal(s[1], '3') && is_octal(s[2], '7') &&
                   is_octal(s[3], '7')) {
            bytes += static_cast<char>((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
            s.remove_prefix(4);
        } else {
            return sql_error(sqlstate::invalid_text_representation,
                             "invalid input syntax for type bytea");
        }
    }
    return bytes;
}

}  // namespace

result<std::string> parse_bytea(std::string_view text) {
    if (text.starts_with("\\x")) return parse_hex(text.substr(2));
    return parse_escaped(text);
}

void format_bytea_hex(std::string_view bytes, std::string& out) {
    constexpr char digits[] = "0123456789abcdef";
    out += "\\x";
    for (const char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        out += digits[b >> 4];
        out += digits[b & 15];
    }
}

void format_bytea_escape(std::string_view bytes, std::string& out) {
    for (const char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        if (c == '\\') {
            out += "\\\\";
        } else if (b < 0x20 || b > 0x7E) {
            out += '\\';
            out += static_cast<char>('0' + (b >> 6));
            out += static_cast<char>('0' + ((b >> 3) & 7));
            out += static_cast<char>('0' + (b & 7));
        } else {
            out += c;
        }
    }
}

}  // namespace historyd::types
