#pragma once

#include <memory>
#include <span>

#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::catalog {

// Registers pg_catalog and information_schema as virtual tables answering from
// statement_context::schema, and the functions over the catalog (pg_get_constraintdef, format_type,
// to_regclass, pg_table_is_visible, ...). A database::extension.
result<void> register_catalog(sqlite::database& db);

// The catalog's own relations (pg_class, pg_type, information_schema.columns, ...), to be part of
// every schema so that translation resolves them like tables. load_schema includes them.
std::span<const std::shared_ptr<const schema::relation>> catalog_relations();

}  // namespace historyd::catalog
