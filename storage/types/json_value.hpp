#pragma once

#include <string>

#include "storage/base/value.hpp"
#include "storage/types/type_io.hpp"

// Values of SQL types as JSON text, as to_json() has them.

namespace historyd::types {

// Appends a value of `type`; NULL is null.
result<void> append_json(oid type, const value_view& v, const io_settings& io, std::string& out);
// An object's key: text, a number, a date, ... Errors: 22023 for an array or JSON.
// Requires: not NULL.
result<void> append_json_key(oid type, const value_view& v, const io_settings& io,
                             std::string& out);
// As jsonb prints it. Requires: text is JSON.
result<value> as_jsonb(const result<std::string>& json);

}  // namespace historyd::types
