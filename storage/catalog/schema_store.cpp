#include "storage/catalog/schema_store.hpp"

#include <algorithm>
#include <set>

#include "storage/base/quoted.hpp"
#include "storage/catalog/foreign_tables.hpp"
#include "storage/catalog/load_own_schema.hpp"
#include "storage/catalog/sqlite_schema.hpp"
#include "storage/catalog/stored_rows.hpp"
#include "storage/schema/mem0_tables.hpp"
#include "storage/schema/own_tables.hpp"

namespace historyd::catalog {

namespace {

// Two names whose derived OIDs are equal: the later one by name steps aside, for every reader
// alike.
void settle_collisions(std::vector<schema::relation>& relations) {
    std::set<schema::oid> taken;
    for (auto& r : relations) {
        unsigned probe = 0;
        while (!taken.insert(r.id).second) r.id = derived_oid('r', r.name, ++probe);
    }
}

std::vector<schema::relation> merged_relations(own_schema& own,
                                               const std::map<std::string, sqlite_table>& tables) {
    std::vector<schema::relation> out;
    std::set<std::string> known;
    for (auto& [id, stored] : own.relations) {
        const auto found = tables.find(stored.sqlite_name);
        if (found == tables.end()) continue;
        if (stored.kind == schema::relation_kind::table) merge_changes(stored, found->second);
        known.insert(stored.sqlite_name);
        out.push_back(std::move(stored));
    }
    for (const auto& [name, table] : tables) {
        if (!known.contains(name)) out.push_back(foreign_relation(table));
    }
    settle_collisions(out);
    for (auto& r : out) {
        const bool stored = known.contains(r.sqlite_name);
        if (!stored) add_foreign_keys(r, tables.at(r.sqlite_name), out);
    }
    return out;
}

std::vector<schema::namespace_info> all_namespaces(own_schema& own) {
    std::vector<schema::namespace_info> out{
        {.id = schema::pg_catalog_oid, .name = "pg_catalog", .comment = "system catalog schema"},
        {.id = schema::public_oid, .name = "public", .comment = "standard public schema"},
        {.id = schema::information_schema_oid, .name = "information_schema", .comment = {}}};
    for (auto& n : own.namespaces) {
        const auto same = std::ranges::find(out, n.id, &schema::namespace_info::id);
        if (same == out.end()) {
            out.push_back(std::move(n));
        } else {
            *same = std::move(n);  // a comment on a built-in one
        }
    }
    return out;
}

// Sequences whose owner was dropped by another program went with it.
void add_sequences(schema::schema& s, own_schema& own) {
    for (auto& sequence : own.sequences) {
        if (sequence.owner_relation != 0 && s.find_relation(sequence.owner_relation) == nullptr) {
            continue;
        }
        s.sequences.push_back(std::move(sequence));
    }
}

}  // namespace

result<void> create_own_tables(sqlite::database& db) {
    for (const auto definition : schema::own_table_definitions()) {
        if (auto done = db.run(std::string(definition)); !done) return done.error();
    }
    return {};
}

result<std::shared_ptr<schema::schema>> load_schema(sqlite::database& db) {
    auto own = load_own_schema(db);
    if (!own) return own.error();
    auto tables = read_sqlite_schema(db);
    if (!tables) return tables.error();

    auto out = std::make_shared<schema::schema>();
    out->next_oid = own->next_oid;
    out->namespaces = all_namespaces(*own);
    std::vector<schema::sequence> numbering;
    for (auto& r : merged_relations(*own, *tables)) {
        schema::sequence sequence;
        if (foreign_sequence(r, sequence)) numbering.push_back(std::move(sequence));
        out->relations.push_back(std::make_shared<const schema::relation>(std::move(r)));
    }
    const auto catalog = catalog_relations();
    out->relations.insert(out->relations.end(), catalog.begin(), catalog.end());
    out->index_names();
    add_sequences(*out, *own);
    std::ranges::move(numbering, std::back_inserter(out->sequences));
    return out;
}

result<std::map<schema::oid, std::pair<std::int64_t, bool>>> load_sequence_positions(
    sqlite::database& db, const schema::schema& schema) {
    std::map<schema::oid, std::pair<std::int64_t, bool>> out;
    auto there = has_table(db, "historyd_sequence_position");
    if (!there) return there.error();
    if (*there) {
        auto rows = query(db, "SELECT oid, last_value, is_called FROM historyd_sequence_position");
        if (!rows) return rows.error();
        for (const auto& values : *rows) {
            const stored_row row(values);
            out[row.number<schema::oid>(0)] = {row.integer(1), row.flag(2)};
        }
    }
    const auto autoincrement = has_table(db, "sqlite_sequence");
    if (!autoincrement) return autoincrement.error();
    for (const auto& sequence : schema.sequences) {
        if (!sequence.foreign_made) continue;
        const auto& table = *schema.find_relation(sequence.owner_relation);
        std::string sql = "SELECT max(rowid) FROM " + quote_name(table.sqlite_name);
        if (*autoincrement) {
            sql += " UNION ALL SELECT seq FROM sqlite_sequence WHERE name = ?1";
        }
        auto highest = query(
            db, sql, *autoincrement ? std::vector<value>{table.sqlite_name} : std::vector<value>{});
        if (!highest) return highest.error();
        for (const auto& values : *highest) {
            const stored_row row(values);
            if (row.null(0)) continue;
            auto& position = out.try_emplace(sequence.id, sequence.start, false).first->second;
            if (row.integer(0) >= position.first) position = {row.integer(0), true};
        }
    }
    return out;
}

result<void> store_sequence_positions(
    sqlite::database& db, std::span<const std::tuple<schema::oid, std::int64_t, bool>> positions) {
    for (const auto& [id, last, is_called] : positions) {
        const std::vector<value> parameters{static_cast<std::int64_t>(id), last,
                                            static_cast<std::int64_t>(is_called)};
        auto done =
            db.execute("INSERT OR REPLACE INTO historyd_sequence_position VALUES (?1,?2,?3)",
                       parameters, nullptr);
        if (!done) return done.error();
    }
    return {};
}

result<void> ensure_mem0_indexes(sqlite::database& db) {
    for (const auto& [name, column] : schema::mem0_tables) {
        const std::vector<value> of_table{std::string(name), std::string(column)};
        auto there = query(db,
                           "SELECT 1 FROM sqlite_schema s, pragma_table_xinfo(s.name) c"
                           " WHERE s.type = 'table' AND s.name = ?1 AND c.name = ?2",
                           of_table);
        if (!there) return there.error();
        if (there->empty()) continue;
        const auto own = "historyd_" + std::string(name) + "_" + std::string(column);
        auto others = query(db,
                            "SELECT 1 FROM pragma_index_list(?1) i, pragma_index_xinfo(i.name) k"
                            " WHERE NOT i.partial AND k.seqno = 0 AND k.name = ?2"
                            " AND i.name <> " +
                                quote_text(own),
                            of_table);
        if (!others) return others.error();
        // Two indexes that lead alike would cost each INSERT a page of the WAL for nothing.
        auto done =
            db.run(!others->empty() ? "DROP INDEX IF EXISTS " + quote_name(own)
                                    : "CREATE INDEX IF NOT EXISTS " + quote_name(own) + " ON " +
                                          quote_name(name) + "(" + quote_name(column) + ")");
        if (!done) return done.error();
    }
    return {};
}

}  // namespace historyd::catalog
