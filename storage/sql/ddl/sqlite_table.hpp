#pragma once

#include <map>

#include "storage/sql/ddl/schema_change.hpp"

namespace historyd::sql {

// SQLite's CREATE TABLE for a relation: columns by storage form, NOT NULL, CHECK, FOREIGN KEY and a
// rowid key. Other keys are CREATE UNIQUE INDEX beside it, so that they can be dropped again.
// Defaults are not part of it: every INSERT gives all columns.
result<std::string> create_table_sql(schema_change& change, const schema::relation& r);

// "name" TYPE COLLATE x, without constraints.
std::string column_sql(const schema::column& c);

// The keys of an index as CREATE INDEX and ON CONFLICT have them.
result<std::string> index_keys_sql(translator& t, const schema::relation& r,
                                   const schema::index& i);

// CREATE [UNIQUE] INDEX for an index of `r`. Requires: the index is not the rowid key.
result<std::string> create_index_sql(schema_change& change, const schema::relation& r,
                                     const schema::index& i);

// Puts create_table_sql's text in place of the table's text in SQLite's own schema: for changes
// that leave the stored rows as they are (SQLite documentation, "ALTER TABLE", section 7).
result<void> redeclare(schema_change& change, const schema::relation& r);

// Makes the table anew and copies its rows, for changes of what SQLite stores (an integer key is
// its rowid). `values`: SQLite text of each column of `r` over the old table, empty for its own
// value. Requires: foreign keys rest while the steps run, as the writer sees to.
result<void> rebuild(schema_change& change, const schema::relation& r,
                     const std::map<std::int16_t, std::string>& values);

// Whether the index exists in SQLite by name (a rowid key and the keys of other programs do not).
bool has_own_sqlite_index(const schema::relation& r, const schema::index& i);

}  // namespace historyd::sql
