#pragma once

#include "storage/catalog/sqlite_schema.hpp"
#include "storage/schema/schema.hpp"

// Tables that another program made, as relations. Their OIDs are derived from their names, so that
// reading a file never has to write to it and every reader gives the same ones.

namespace historyd::catalog {

// OIDs from here on are derived; those given out by CREATE TABLE stay below.
inline constexpr schema::oid first_derived_oid = 1u << 30;
// `kind` keeps a table, its sequence and its index of one name apart. `probe` steps past a
// collision.
schema::oid derived_oid(char kind, std::string_view name, unsigned probe = 0);

// The table as a relation of schema public, with columns, keys and indexes; foreign keys are added
// by add_foreign_keys once every table is known.
schema::relation foreign_relation(const sqlite_table& table);
void add_foreign_keys(schema::relation& r, const sqlite_table& table,
                      const std::vector<schema::relation>& all);

// Brings what historyd stored about a table in line with what SQLite says now: columns that another
// program added or dropped, indexes that it made.
void merge_changes(schema::relation& stored, const sqlite_table& table);

// The numbering of a rowid key that another program declared: its column gets an identity.
// Returns: false when the table has none.
bool foreign_sequence(schema::relation& r, schema::sequence& out);

}  // namespace historyd::catalog
