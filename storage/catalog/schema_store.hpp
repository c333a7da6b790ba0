#pragma once

#include <map>
#include <span>

#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

// The schema in the SQLite file: historyd's own tables (historyd_relation, historyd_column, ... see
// storage/DESIGN.md) beside the user's, and how they become a schema::schema.

namespace historyd::catalog {

// Creates historyd's own tables when they are missing. Requires: a transaction is open.
result<void> create_own_tables(sqlite::database& db);

// Reads the whole schema: what historyd created from its own tables, what another program created
// (stock mem0's tables) from SQLite's own schema with types inferred from the declarations.
// Returns: schema with epoch 0; the caller numbers it.
result<std::shared_ptr<schema::schema>> load_schema(sqlite::database& db);

// Last value and is_called of each sequence stored in the file.
result<std::map<schema::oid, std::pair<std::int64_t, bool>>> load_sequence_positions(
    sqlite::database& db);
result<void> store_sequence_positions(
    sqlite::database& db, std::span<const std::tuple<schema::oid, std::int64_t, bool>> positions);

// Registers pg_catalog and information_schema as virtual tables answering from
// statement_context::schema, and the functions over the catalog (pg_get_constraintdef, format_type,
// to_regclass, pg_table_is_visible, ...). A database::extension.
result<void> register_catalog(sqlite::database& db);

// The catalog's own relations (pg_class, pg_type, information_schema.columns, ...), to be part of
// every schema so that translation resolves them like tables. load_schema includes them.
std::span<const std::shared_ptr<const schema::relation>> catalog_relations();

}  // namespace historyd::catalog
