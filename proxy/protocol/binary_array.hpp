#pragma once

#include <string>
#include <string_view>

#include "proxy/protocol/binary_format.hpp"

// Arrays on the wire: int32 dimensions | int32 flags (1: has NULLs) | int32 element type |
// per dimension int32 length, int32 lower bound | per element int32 length (-1: NULL), its bytes.

namespace historyd::protocol {

// Returns: the array literal that is an array's storage form.
result<std::string> decode_array(types::oid element, std::string_view bytes);
result<void> encode_array(types::oid element, std::string_view stored, std::string& out);

}  // namespace historyd::protocol
