#pragma once

#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::types {

// Whether a value is in the storage form of its type already, checked by shape (SQLite type, and
// for the fixed-width texts their layout), not by reading it whole.
bool is_storage_form(oid type, const value_view& v);

// Reads what another program (stock mem0, a Node client, the sqlite3 shell) stored in a column
// whose declared type stands for `type`: INTEGER in a text column, ISO text with 'T' and any offset
// in a timestamp column (the instant it names, in UTC), TEXT 'true' or '1' in a bool column.
// Returns: storage form; XX001 when the value cannot be read as the type.
result<value> from_foreign_form(oid type, const value_view& v);

}  // namespace historyd::types
