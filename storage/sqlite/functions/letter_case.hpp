#pragma once

#include <string>
#include <string_view>

// Letters as the locale C.UTF-8 has them, which is what the databases we stand in for are made
// with.

namespace historyd::sqlite {

char32_t to_lower(char32_t code);
char32_t to_upper(char32_t code);
bool is_alphanumeric(char32_t code);

std::string lower_text(std::string_view text);
std::string upper_text(std::string_view text);

}  // namespace historyd::sqlite
