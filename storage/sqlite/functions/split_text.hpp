#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/sqlite/functions/function_call.hpp"

namespace historyd::sqlite {

// The pieces of string_to_array(text, delimiter [, null text]): by characters when the delimiter is
// NULL, one piece when it is empty, none for an empty text. Requires: the text is not NULL.
std::vector<std::optional<std::string>> split_text(const function_call& c);

}  // namespace historyd::sqlite
