#pragma once

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/sqlite/functions/regex_syntax.hpp"

// The parts of a regular expression that stand for one character.

namespace historyd::sqlite {

inline sql_error regex_error(const char* reason) {
    return {sqlstate::invalid_regular_expression,
            std::string("invalid regular expression: ") + reason};
}

// What \d, \s, \w and their opposites mean, as the inside of a PCRE2 bracket; empty for others.
std::string_view class_shorthand(char letter);

// A bracket expression at the start of `rest`, which moves behind it.
result<void> translate_bracket(std::string_view& rest, const regex_flags& flags, std::string& out);

// An escape that stands for one character (\n, \x41, \u00e9, \.), at the start of `rest`.
result<char32_t> character_escape(std::string_view& rest);

// A character that means itself.
void append_literal(std::string_view character, std::string& out);
void append_code(char32_t code, std::string& out);

}  // namespace historyd::sqlite
