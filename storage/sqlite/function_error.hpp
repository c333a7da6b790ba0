#pragma once

#include <sqlite3.h>

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// A registered function's or virtual table's sql_error on its way through SQLite, which can carry a
// message only: the error's fields travel in the message and are unpacked on the other side.
//
//   "\x01HD" | then for each field: decimal length ':' bytes
//   fields: severity, position, sqlstate, message, detail, hint, schema, table, column, data type,
//           constraint, where

namespace historyd::sqlite {

// Called by registered functions and xColumn: fails the running statement with exactly this error.
void set_function_error(sqlite3_context* context, const sql_error& error);

// Called by a virtual table's other methods, which then return SQLITE_ERROR.
void set_table_error(sqlite3_vtab* table, const sql_error& error);

std::string pack_error(const sql_error& error);
// Returns: nullopt when the message is not a packed error.
std::optional<sql_error> unpack_error(std::string_view message);

}  // namespace historyd::sqlite
