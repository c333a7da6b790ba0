#pragma once

#include <optional>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/schema/schema.hpp"

namespace historyd::sqlite {

class database;
struct statement_context;

// An error of the connection as PostgreSQL would report it. Constraint names, columns and tables
// come from `schema` (may be null) and `target`, the table the statement writes (0: unknown); a
// function's own sql_error (set through set_function_error) comes back unchanged.
sql_error error_from(database& db, int sqlite_code, const schema::schema* schema,
                     schema::oid target = 0);

// The statement names a table or column that the file does not have: it was planned for another
// schema, or another program changed the file. The session translates again (XX000 otherwise).
bool is_schema_mismatch(const sql_error& error);

// Has the session's client cancelled the statement, or its time run out? Then 57014, for statements
// that are still waiting for their turn.
std::optional<sql_error> interruption(const statement_context& context);

// The schema and the table that an error is about, for its fields s and t.
void name_table(const schema::schema& s, const schema::relation& r, sql_error& error);

// What a constraint violation says, put in PostgreSQL's words.
// `message`: SQLite's ("UNIQUE constraint failed: t.a, t.b"); `code`: its extended result code.
sql_error constraint_error(int code, std::string_view message, const schema::schema* schema,
                           schema::oid target);

// 23503 of a row whose parent is missing, and of a parent row that is still referenced.
sql_error missing_parent(const schema::schema& s, const schema::relation& child,
                         const schema::constraint& key);
sql_error referenced_parent(const schema::schema& s, const schema::relation& parent,
                            const schema::relation& child, const schema::constraint& key);

}  // namespace historyd::sqlite
