#pragma once

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// numeric on the wire: int16 digit count | int16 weight | uint16 sign | uint16 display scale |
// digits, int16 each, in base 10000. The first digit counts 10000^weight.

namespace historyd::protocol {

// Returns: output text, numeric's storage form. Errors: 22P03, 22003.
result<std::string> decode_numeric(std::string_view bytes);
// Requires: `text` is in numeric's storage form.
void encode_numeric(std::string_view text, std::string& out);

}  // namespace historyd::protocol
