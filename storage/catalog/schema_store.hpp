#pragma once

#include <map>
#include <span>

#include "storage/catalog/catalog.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

// The schema in the SQLite file: historyd's own tables (storage/schema/own_tables.hpp) beside the
// user's, and how they become a schema::schema.

namespace historyd::catalog {

// Creates historyd's own tables when they are missing. Requires: a transaction is open.
result<void> create_own_tables(sqlite::database& db);

// Reads the whole schema: what historyd created from its own tables, what another program created
// (stock mem0's tables) from SQLite's own schema with types inferred from the declarations. What
// another program dropped is gone, whatever historyd's tables still say of it. Never writes.
// Returns: schema with epoch 0; the caller numbers it.
result<std::shared_ptr<schema::schema>> load_schema(sqlite::database& db);

// Last value and is_called of each sequence stored in the file; of a table that another program
// numbers itself, the highest number in use.
result<std::map<schema::oid, std::pair<std::int64_t, bool>>> load_sequence_positions(
    sqlite::database& db, const schema::schema& schema);
result<void> store_sequence_positions(
    sqlite::database& db, std::span<const std::tuple<schema::oid, std::int64_t, bool>> positions);

// mem0 has no indexes on what it looks rows up by (schema/mem0_tables.hpp): adds ours where no
// other leads with the column, and drops it where another has come. Requires: a transaction is
// open.
result<void> ensure_mem0_indexes(sqlite::database& db);

}  // namespace historyd::catalog
