// The listing views of pg_catalog: pg_tables, pg_views, pg_indexes, pg_sequences.

#include <algorithm>
#include <array>

#include "storage/catalog/catalog_table.hpp"
#include "storage/catalog/definition_text.hpp"
#include "storage/catalog/placeholder.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::catalog {

namespace {

using schema::relation;
using schema::relation_kind;

bool has_foreign_key(const relation& r) {
    return std::ranges::find(r.constraints, schema::constraint_kind::foreign_key,
                             &schema::constraint::kind) != r.constraints.end();
}

void fill_pg_tables(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        if (r->kind != relation_kind::table) continue;
        rows.add()
            .set("schemaname", from.space_name(r->namespace_id))
            .set("tablename", r->name)
            .set("tableowner", user_placeholder())
            .set("hasindexes", !r->indexes.empty())
            .set("hasrules", false)
            .set("hastriggers", has_foreign_key(*r))
            .set("rowsecurity", false);
    }
}

void fill_pg_views(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        if (r->kind != relation_kind::view) continue;
        auto row = rows.add();
        row.set("schemaname", from.space_name(r->namespace_id))
            .set("viewname", r->name)
            .set("viewowner", user_placeholder());
        if (!r->view_sql.empty()) row.set("definition", r->view_sql + ";");
    }
}

void fill_pg_indexes(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        for (const auto& index : r->indexes) {
            const auto space = from.space_name(r->namespace_id);
            const auto table = sql::quote_identifier(space) + "." + sql::quote_identifier(r->name);
            rows.add()
                .set("schemaname", space)
                .set("tablename", r->name)
                .set("indexname", index.name)
                .set("indexdef", index_definition(*r, index, table, layout::full));
        }
    }
}

void fill_pg_sequences(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto& s : from.schema->sequences) {
        auto row = rows.add();
        row.set("schemaname", from.space_name(s.namespace_id))
            .set("sequencename", s.name)
            .set("sequenceowner", user_placeholder())
            .set("data_type", s.type)
            .set("start_value", s.start)
            .set("min_value", s.min)
            .set("max_value", s.max)
            .set("increment_by", s.increment)
            .set("cycle", s.cycle)
            .set("cache_size", 1);
        if (from.context->sequences == nullptr) continue;
        const auto position = from.context->sequences->position(s.id);
        if (position && position->second) row.set("last_value", position->first);
    }
}

}  // namespace

std::span<const catalog_table> listing_tables() {
    static constexpr std::array tables{
        catalog_table{"pg_catalog_pg_tables", fill_pg_tables},
        catalog_table{"pg_catalog_pg_views", fill_pg_views},
        catalog_table{"pg_catalog_pg_indexes", fill_pg_indexes},
        catalog_table{"pg_catalog_pg_sequences", fill_pg_sequences, lifetime::statement},
    };
    return tables;
}

}  // namespace historyd::catalog
