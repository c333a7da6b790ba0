#pragma once

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::types {

// numeric's input to its output text without arithmetic: what values on their way into the file
// need. Errors as numeric::parse.
result<std::string> canonical_numeric(std::string_view text);

}  // namespace historyd::types
