#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// What the input functions of many types share: ASCII character classes that do not depend on a
// locale, and the two errors nearly all of them raise.

namespace historyd::types {

constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of a hexadecimal digit, -1 for anything else.
constexpr int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr std::string_view trim_blanks(std::string_view s) {
    while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
    return s;
}

// `lower` is in lower case already.
constexpr bool equals_ignoring_case(std::string_view s, std::string_view lower) {
    return std::equal(s.begin(), s.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return to_lower(a) == b; });
}

inline sql_error invalid_syntax(std::string_view type_name, std::string_view text) {
    std::string message = "invalid input syntax for type ";
    message.append(type_name).append(": \"").append(text).append("\"");
    return {sqlstate::invalid_text_representation, std::move(message)};
}

inline sql_error out_of_range_text(std::string_view type_name, std::string_view text) {
    std::string message = "value \"";
    message.append(text).append("\" is out of range for type ").append(type_name);
    return {sqlstate::numeric_value_out_of_range, std::move(message)};
}

}  // namespace historyd::types
