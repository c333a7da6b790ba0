#include "storage/catalog/sqlite_schema.hpp"

#include <strings.h>

#include <algorithm>

#include "storage/catalog/stored_rows.hpp"
#include "storage/schema/own_tables.hpp"

namespace historyd::catalog {

namespace {

using table_map = std::map<std::string, sqlite_table>;

std::string user_tables() {
    return "SELECT name, type, sql FROM sqlite_schema WHERE type IN ('table', 'view') AND " +
           std::string(schema::is_users) + " AND sql NOT LIKE 'CREATE VIRTUAL%'";
}

sqlite_table* find(table_map& tables, const std::string& name) {
    const auto found = tables.find(name);
    return found == tables.end() ? nullptr : &found->second;
}

std::string tables_joined_with(const char* pragma, const char* columns) {
    return "SELECT s.name, " + std::string(columns) + " FROM sqlite_schema s, " + pragma +
           "(s.name) p WHERE s.type IN ('table', 'view')"
           " AND s.name NOT LIKE 'historyd\\_%' ESCAPE '\\'";
}

result<void> read_columns(sqlite::database& db, table_map& tables) {
    // A view of another program may name what is gone: read tables and views one by one.
    for (auto& [name, table] : tables) {
        auto rows = query(db,
                          "SELECT cid, name, type, \"notnull\", dflt_value, pk, hidden"
                          " FROM pragma_table_xinfo(?1) WHERE hidden <> 1",
                          {name});
        if (!rows) {
            if (!table.view) return rows.error();
            continue;
        }
        for (const auto& values : *rows) {
            const stored_row row(values);
            sqlite_column c;
            c.position = row.number<int>(0);
            c.name = row.text(1);
            c.declared_type = row.text(2);
            c.not_null = row.flag(3);
            c.has_default = !row.null(4);
            c.default_text = row.text(4);
            c.key_position = row.number<int>(5);
            c.generated = row.integer(6) == 2 || row.integer(6) == 3;
            table.columns.push_back(std::move(c));
        }
    }
    std::erase_if(tables, [](const auto& entry) { return entry.second.columns.empty(); });
    return {};
}

result<void> read_indexes(sqlite::database& db, table_map& tables) {
    auto rows = query(
        db, tables_joined_with("pragma_index_list", "p.name, p.\"unique\", p.origin, p.partial") +
                " ORDER BY s.name, p.seq DESC");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        auto* table = find(tables, row.text(0));
        if (table == nullptr || row.text(1).starts_with("historyd_")) continue;
        sqlite_index i;
        i.name = row.text(1);
        i.unique = row.flag(2);
        i.origin = row.letter(3);
        i.partial = row.flag(4);
        auto keys = query(db,
                          "SELECT cid, name, \"desc\" FROM pragma_index_xinfo(?1) WHERE key"
                          " ORDER BY seqno",
                          {i.name});
        if (!keys) return keys.error();
        for (const auto& key_values : *keys) {
            const stored_row key(key_values);
            i.keys.push_back({.column = key.text(1), .descending = key.flag(2)});
        }
        table->indexes.push_back(std::move(i));
    }
    return {};
}

result<void> read_foreign_keys(sqlite::database& db, table_map& tables) {
    auto rows = query(db, tables_joined_with("pragma_foreign_key_list",
                                             "p.id, p.seq, p.\"table\", p.\"from\", p.\"to\","
                                             " p.on_update, p.on_delete") +
                              " ORDER BY s.name, p.id DESC, p.seq");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        auto* table = find(tables, row.text(0));
        if (table == nullptr) continue;
        if (row.integer(2) == 0) {
            table->foreign_keys.push_back({.table = row.text(3),
                                           .on_update = row.text(6),
                                           .on_delete = row.text(7),
                                           .columns = {},
                                           .foreign_columns = {}});
        }
        auto& key = table->foreign_keys.back();
        key.columns.push_back(row.text(4));
        if (!row.null(5)) key.foreign_columns.push_back(row.text(5));
    }
    return {};
}

result<void> read_triggers(sqlite::database& db, table_map& tables) {
    auto rows = query(db, "SELECT DISTINCT tbl_name FROM sqlite_schema WHERE type = 'trigger'");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        if (auto* table = find(tables, stored_row(values).text(0))) table->has_triggers = true;
    }
    return {};
}

}  // namespace

const sqlite_column* sqlite_table::rowid_column() const {
    if (view || without_rowid) return nullptr;
    const sqlite_column* key = nullptr;
    for (const auto& c : columns) {
        if (c.key_position == 0) continue;
        if (key != nullptr) return nullptr;
        key = &c;
    }
    // Only the exact word INTEGER makes the key the rowid, and then it has no index of its own.
    if (key == nullptr || strcasecmp(key->declared_type.c_str(), "INTEGER") != 0) return nullptr;
    const bool has_index =
        std::ranges::any_of(indexes, [](const sqlite_index& i) { return i.origin == 'p'; });
    return has_index ? nullptr : key;
}

result<table_map> read_sqlite_schema(sqlite::database& db) {
    table_map tables;
    auto rows = query(db, user_tables());
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        sqlite_table t;
        t.name = row.text(0);
        t.view = row.text(1) == "view";
        t.sql = row.text(2);
        tables.emplace(t.name, std::move(t));
    }
    auto kinds = query(db, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr");
    if (!kinds) return kinds.error();
    for (const auto& values : *kinds) {
        if (auto* table = find(tables, stored_row(values).text(0))) table->without_rowid = true;
    }
    for (const auto read : {read_columns, read_indexes, read_foreign_keys, read_triggers}) {
        if (auto done = read(db, tables); !done) return done.error();
    }
    return tables;
}

}  // namespace historyd::catalog
