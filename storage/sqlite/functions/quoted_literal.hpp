#pragma once

#include <string>
#include <string_view>

namespace historyd::sqlite {

// quote_literal(): a string literal, with E'' when the text has backslashes.
std::string quoted_literal(std::string_view text);

}  // namespace historyd::sqlite
