#pragma once

#include "storage/sqlite/functions/function_call.hpp"
#include "storage/types/numeric.hpp"

namespace historyd::sqlite {

// A numeric argument, however it is stored: text, or an integer where an integer type was given.
result<types::numeric> numeric_argument(const function_call& c, int i);
result<types::numeric> numeric_from(const value_view& v);
result<value> numeric_value(const result<types::numeric>& v);
inline value numeric_value(const types::numeric& v) { return v.to_string(); }

}  // namespace historyd::sqlite
