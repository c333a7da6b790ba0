#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// encode()/decode() formats, and conversions between character sets.

namespace historyd::sqlite {

// hex, base64 and escape, in any case. Errors: 22023.
result<std::string> encode_bytes(std::string_view bytes, std::string_view format);
result<std::string> decode_text(std::string_view text, std::string_view format);

enum class character_set { utf8, latin1, latin9, windows1252, sql_ascii };

// By PostgreSQL's names and aliases ("UTF8", "utf-8", "ISO-8859-1"). Returns: nullopt when unknown.
std::optional<character_set> find_character_set(std::string_view name);

// Errors: 22021 for bytes that are not of the set, 22P05 for characters it does not have.
result<std::string> to_utf8(std::string_view bytes, character_set from);
result<std::string> from_utf8(std::string_view text, character_set to);

}  // namespace historyd::sqlite
