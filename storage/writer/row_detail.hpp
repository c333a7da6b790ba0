#pragma once

#include <span>

#include "storage/sql/plan.hpp"
#include "storage/sqlite/database.hpp"

// What PostgreSQL says of the row in a constraint violation and SQLite does not.

namespace historyd::writer {

// Adds the DETAIL to the 23505, 23502, 23514 or 23503 of an INSERT of `row`, values in the table's
// column order. A 23503 gets the constraint's name too, found by looking for the parent rows.
void add_row_detail(sqlite::database& db, const schema::relation& table, std::span<const value> row,
                    const schema::schema& schema, sql_error& error);

// The 23503 of a row of `table` whose `values` of foreign key `key` are in no row of `parent`.
sql_error missing_parent(const schema::schema& schema, const schema::relation& table,
                         const schema::relation& parent, const schema::constraint& key,
                         std::span<const value> values, const types::io_settings& io);

// Names the constraint of a 23503 where only one can be meant by what the statement does.
sql_error name_foreign_key(sql_error error, const sql::plan& plan, const schema::schema& schema);

}  // namespace historyd::writer
