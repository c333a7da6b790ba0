#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// Text forms of the simple types: integers, floats, bool, uuid, bytea.

namespace historyd::types {

// Blanks around are allowed. Errors: 22P02 "invalid input syntax for type integer: ...", 22003.
result<std::int64_t> parse_int2(std::string_view text);
result<std::int64_t> parse_int4(std::string_view text);
result<std::int64_t> parse_int8(std::string_view text);
result<std::int64_t> parse_oid(std::string_view text);
void format_integer(std::int64_t v, std::string& out);

// Floats: Infinity, -Infinity and NaN in any case. A float4 is held in a double, exactly.
result<double> parse_float8(std::string_view text);
result<float> parse_float4(std::string_view text);
// Shortest text that reads back the same when extra_float_digits > 0, else 15 (6) + extra digits.
void format_float8(double v, int extra_float_digits, std::string& out);
void format_float4(float v, int extra_float_digits, std::string& out);

result<bool> parse_bool(std::string_view text);

// Every spelling PostgreSQL takes: any case, braces, dashes after any four digits.
// Returns: canonical lower case.
result<std::string> parse_uuid(std::string_view text);
bool is_canonical_uuid(std::string_view text);
// Sixteen bytes from and to canonical text. Requires: is_canonical_uuid / 16 bytes.
void append_uuid_bytes(std::string_view canonical, std::string& out);
void append_uuid_text(std::string_view bytes, std::string& out);

// bytea: '\x...' or escapes. Returns: the bytes.
result<std::string> parse_bytea(std::string_view text);
void format_bytea_hex(std::string_view bytes, std::string& out);
void format_bytea_escape(std::string_view bytes, std::string& out);

}  // namespace historyd::types
