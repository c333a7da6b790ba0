#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "storage/catalog/facts.hpp"
#include "storage/catalog/row_set.hpp"
#include "storage/sqlite/statement_context.hpp"

// Where the rows of the catalog relations come from: one function per relation, in tables/.

namespace historyd::catalog {

// What rows are made from. Rows about the catalog itself are made once for the process (schema and
// context are null, relations are the catalog's); rows about the file are made per schema.
struct row_source {
    std::vector<const schema::relation*> relations;
    const schema::schema* schema = nullptr;
    const sqlite::statement_context* context = nullptr;

    bool is_fixed() const { return schema == nullptr; }
    // Empty when there is no such schema.
    std::string_view space_name(oid id) const;
    bool is_temporary(oid namespace_id) const;
    // Another session's temporary tables: pg_catalog shows them, information_schema does not.
    bool is_of_others(oid namespace_id) const;
};

// information_schema's booleans.
inline std::string_view yes_or_no(bool b) { return b ? "YES" : "NO"; }

// How long rows stay true.
enum class lifetime : std::uint8_t { schema, statement };

struct catalog_table {
    std::string_view name;  // the relation's sqlite_name
    void (*fill)(const row_source& from, row_set& rows);
    catalog::lifetime lifetime = lifetime::schema;
};

// A relation without one has no rows but its facts: there is nothing of the kind in historyd.
const catalog_table* find_catalog_table(std::string_view sqlite_name);

// The families, one file each.
std::span<const catalog_table> relation_tables();    // pg_class, pg_attribute, pg_attrdef, pg_type
std::span<const catalog_table> constraint_tables();  // pg_constraint, pg_index, pg_depend, ...
std::span<const catalog_table> database_tables();    // pg_database, pg_roles, pg_namespace, ...
std::span<const catalog_table> listing_tables();     // pg_tables, pg_views, pg_indexes, ...
std::span<const catalog_table> session_tables();     // pg_settings, pg_stat_activity, ...
std::span<const catalog_table> statistics_tables();  // pg_stat_user_tables, ...
std::span<const catalog_table> information_schema_tables();
std::span<const catalog_table> information_schema_constraint_tables();

}  // namespace historyd::catalog
