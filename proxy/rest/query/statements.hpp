#pragma once

#include <vector>

#include "proxy/rest/query/sql_text.hpp"

namespace historyd::rest {

// What RETURNING gives of a change: with a selection, the fields to order it by come last.
enum class returning : std::uint8_t { nothing, key, selection };

// SELECT, with LIMIT and OFFSET.
result<sql_statement> select_statement(const request& r, const schema::relation& table,
                                       const types::io_settings& io);
// How many rows the filters leave, whatever the range.
result<sql_statement> count_statement(const request& r, const schema::relation& table,
                                      const types::io_settings& io);

// The columns that an upsert takes as the key: on_conflict, else the primary key.
std::vector<std::string> conflict_columns(const request& r, const schema::relation& table);
std::vector<std::string> key_columns(const schema::relation& table);

// INSERT statements, several when there are many rows; they belong in one transaction.
// Errors: PGRST204 for a column that is not there.
result<std::vector<sql_statement>> insert_statements(const request& r, returning what,
                                                     const schema::relation& table,
                                                     const types::io_settings& io);
// How many of the rows from `first` on, `count` of them, have a key that is there already.
result<sql_statement> existing_statement(const request& r, std::size_t first, std::size_t count,
                                         const schema::relation& table,
                                         const types::io_settings& io);
// Errors: PGRST204; PGRST109 for a limit without an order, PGRST127 for one on a table without key.
result<sql_statement> update_statement(const request& r, returning what,
                                       const schema::relation& table, const types::io_settings& io);
result<sql_statement> delete_statement(const request& r, returning what,
                                       const schema::relation& table, const types::io_settings& io);

}  // namespace historyd::rest
