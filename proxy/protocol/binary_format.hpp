#pragma once

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"
#include "storage/types/type_io.hpp"

// PostgreSQL's binary wire format of every type historyd speaks (the types' send and recv
// functions), from and to storage form. Integers and floats are big-endian.

namespace historyd::protocol {

// Decodes one parameter. Bounds-checked. Errors: 22P03 for a wrong length or bad contents, 22021
// for bad UTF-8, 22008/22003 for values out of range, 0A000 for a type without a binary form here.
result<value> binary_in(types::oid type, std::string_view bytes);

// Appends the binary form of a non-NULL value in storage form, without its length word.
result<void> binary_out(types::oid type, const value_view& v, std::string& out);

}  // namespace historyd::protocol
