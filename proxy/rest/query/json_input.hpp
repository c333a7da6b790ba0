#pragma once

#include <optional>
#include <string>

#include "storage/types/json_text.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::rest {

// The text that a type's input function reads for a member of a JSON object, as
// json_to_recordset() has it: a string's characters, an array as an array literal for array types,
// JSON as it is for everything else. Returns: nothing for null.
std::optional<std::string> input_text(const types::json_node& node, types::oid type);

}  // namespace historyd::rest
