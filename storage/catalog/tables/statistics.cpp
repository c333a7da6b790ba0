// The statistics views list the tables and indexes there are; historyd keeps no counters of them.

#include <array>

#include "storage/catalog/catalog_table.hpp"

namespace historyd::catalog {

namespace {

using schema::relation_kind;

constexpr std::array table_counters{"seq_scan",           "seq_tup_read",     "n_tup_ins",
                                    "n_tup_upd",          "n_tup_del",        "n_tup_hot_upd",
                                    "n_live_tup",         "n_dead_tup",       "n_mod_since_analyze",
                                    "n_ins_since_vacuum", "vacuum_count",     "autovacuum_count",
                                    "analyze_count",      "autoanalyze_count"};
constexpr std::array table_io_counters{"heap_blks_read", "heap_blks_hit"};
constexpr std::array index_counters{"idx_scan", "idx_tup_read", "idx_tup_fetch"};
constexpr std::array index_io_counters{"idx_blks_read", "idx_blks_hit"};

template <std::size_t N>
void add_zeros(row_set::writer& row, const std::array<const char*, N>& counters) {
    for (const auto* counter : counters) row.set(counter, 0);
}

template <const auto& Counters>
void fill_table_counters(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        if (r->kind != relation_kind::table) continue;
        auto row = rows.add();
        row.set("relid", r->id)
            .set("schemaname", from.space_name(r->namespace_id))
            .set("relname", r->name);
        add_zeros(row, Counters);
    }
}

template <const auto& Counters>
void fill_index_counters(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        for (const auto& index : r->indexes) {
            auto row = rows.add();
            row.set("relid", r->id)
                .set("indexrelid", index.id)
                .set("schemaname", from.space_name(r->namespace_id))
                .set("relname", r->name)
                .set("indexrelname", index.name);
            add_zeros(row, Counters);
        }
    }
}

// The user's tables only, or the catalog's only.
template <void (*Fill)(const row_source&, row_set&), bool Fixed>
void only(const row_source& from, row_set& rows) {
    if (from.is_fixed() == Fixed) Fill(from, rows);
}

void fill_sequence_counters(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto& s : from.schema->sequences) {
        rows.add()
            .set("relid", s.id)
            .set("schemaname", from.space_name(s.namespace_id))
            .set("relname", s.name)
            .set("blks_read", 0)
            .set("blks_hit", 0);
    }
}

constexpr auto stat_tables = fill_table_counters<table_counters>;
constexpr auto io_tables = fill_table_counters<table_io_counters>;
constexpr auto stat_indexes = fill_index_counters<index_counters>;
constexpr auto io_indexes = fill_index_counters<index_io_counters>;

}  // namespace

std::span<const catalog_table> statistics_tables() {
    static constexpr std::array tables{
        catalog_table{"pg_catalog_pg_stat_all_tables", stat_tables},
        catalog_table{"pg_catalog_pg_stat_user_tables", only<stat_tables, false>},
        catalog_table{"pg_catalog_pg_stat_sys_tables", only<stat_tables, true>},
        catalog_table{"pg_catalog_pg_statio_all_tables", io_tables},
        catalog_table{"pg_catalog_pg_statio_user_tables", only<io_tables, false>},
        catalog_table{"pg_catalog_pg_statio_sys_tables", only<io_tables, true>},
        catalog_table{"pg_catalog_pg_stat_all_indexes", stat_indexes},
        catalog_table{"pg_catalog_pg_stat_user_indexes", stat_indexes},
        catalog_table{"pg_catalog_pg_statio_all_indexes", io_indexes},
        catalog_table{"pg_catalog_pg_statio_user_indexes", io_indexes},
        catalog_table{"pg_catalog_pg_statio_all_sequences", fill_sequence_counters},
        catalog_table{"pg_catalog_pg_statio_user_sequences", fill_sequence_counters},
    };
    return tables;
}

}  // namespace historyd::catalog
