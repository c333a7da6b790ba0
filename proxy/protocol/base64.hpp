#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace historyd::protocol {

// RFC 4648 section 4, with padding.
std::string base64(std::string_view bytes);
// Returns: nothing for text that base64() would not have written.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace historyd::protocol
