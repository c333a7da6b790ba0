#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::types {

// 22021 for a NUL byte or anything that is not UTF-8, naming the bytes as PostgreSQL does.
result<void> check_utf8(std::string_view text);

// Requires: valid UTF-8 in all of these.
std::size_t count_characters(std::string_view text);
// Byte length of the first `characters` characters, or all of the text when it has fewer.
std::size_t prefix_bytes(std::string_view text, std::size_t characters);

void append_utf8(char32_t code_point, std::string& out);

}  // namespace historyd::types
