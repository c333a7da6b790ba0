#include "storage/catalog/load_own_schema.hpp"

#include "storage/catalog/stored_rows.hpp"
#include "storage/schema/own_tables.hpp"

namespace historyd::catalog {

namespace {

result<void> load_relations(sqlite::database& db, own_schema& out) {
    auto rows = query(db,
                      "SELECT oid, namespace, name, kind, sqlite_name, view_sql, comment,"
                      " has_rowid_key, foreign_made, next_attnum FROM historyd_relation");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        schema::relation r;
        r.id = row.number<schema::oid>(0);
        r.namespace_id = row.number<schema::oid>(1);
        r.name = row.text(2);
        r.kind = static_cast<schema::relation_kind>(row.letter(3));
        r.sqlite_name = row.text(4);
        r.view_sql = row.text(5);
        r.comment = row.text(6);
        r.has_rowid_key = row.flag(7);
        r.foreign_made = row.flag(8);
        r.next_attnum = row.number<std::int16_t>(9);
        out.relations.emplace(r.id, std::move(r));
    }
    return {};
}

result<void> load_columns(sqlite::database& db, own_schema& out) {
    auto rows = query(db,
                      "SELECT relation, attnum, name, type, typmod, not_null, identity, generated,"
                      " default_sql, comment, foreign_form FROM historyd_column"
                      " ORDER BY relation, attnum");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        const auto found = out.relations.find(row.number<schema::oid>(0));
        if (found == out.relations.end()) continue;
        schema::column c;
        c.attnum = row.number<std::int16_t>(1);
        c.name = row.text(2);
        c.type = {.id = row.number<schema::oid>(3), .typmod = row.number<std::int32_t>(4)};
        c.not_null = row.flag(5);
        c.identity = row.letter(6);
        c.generated = row.letter(7);
        if (!row.null(8)) c.default_sql = row.text(8);
        c.comment = row.text(9);
        c.foreign_form = row.flag(10);
        found->second.columns.push_back(std::move(c));
    }
    return {};
}

result<void> load_constraints(sqlite::database& db, own_schema& out) {
    auto rows = query(db,
                      "SELECT oid, relation, name, kind, columns, index_oid, check_sql,"
                      " foreign_relation, foreign_columns, on_update, on_delete, is_deferrable,"
                      " initially_deferred, comment FROM historyd_constraint ORDER BY oid");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        const auto found = out.relations.find(row.number<schema::oid>(1));
        if (found == out.relations.end()) continue;
        schema::constraint c;
        c.id = row.number<schema::oid>(0);
        c.name = row.text(2);
        c.kind = static_cast<schema::constraint_kind>(row.letter(3));
        c.columns = schema::attnums_of(row.text(4));
        c.index = row.number<schema::oid>(5);
        c.check_sql = row.text(6);
        c.foreign_relation = row.number<schema::oid>(7);
        c.foreign_columns = schema::attnums_of(row.text(8));
        c.on_update = row.letter(9);
        c.on_delete = row.letter(10);
        c.deferrable = row.flag(11);
        c.initially_deferred = row.flag(12);
        c.comment = row.text(13);
        found->second.constraints.push_back(std::move(c));
    }
    return {};
}

result<void> load_indexes(sqlite::database& db, own_schema& out) {
    auto rows = query(db,
                      "SELECT oid, relation, name, is_unique, is_primary, predicate_sql, method,"
                      " comment FROM historyd_index ORDER BY oid");
    if (!rows) return rows.error();
    auto keys = query(db,
                      "SELECT index_oid, attnum, expression_sql, descending, nulls_first"
                      " FROM historyd_index_key ORDER BY index_oid, position");
    if (!keys) return keys.error();
    std::map<schema::oid, std::vector<schema::index_key>> keys_of;
    for (const auto& values : *keys) {
        const stored_row row(values);
        keys_of[row.number<schema::oid>(0)].push_back({.attnum = row.number<std::int16_t>(1),
                                                       .expression_sql = row.text(2),
                                                       .descending = row.flag(3),
                                                       .nulls_first = row.flag(4)});
    }
    for (const auto& values : *rows) {
        const stored_row row(values);
        const auto found = out.relations.find(row.number<schema::oid>(1));
        if (found == out.relations.end()) continue;
        schema::index i;
        i.id = row.number<schema::oid>(0);
        i.name = row.text(2);
        i.keys = std::move(keys_of[i.id]);
        i.unique = row.flag(3);
        i.primary = row.flag(4);
        i.predicate_sql = row.text(5);
        i.method = row.text(6);
        i.comment = row.text(7);
        found->second.indexes.push_back(std::move(i));
    }
    return {};
}

result<void> load_orderings(sqlite::database& db, own_schema& out) {
    auto there = has_table(db, "historyd_ordering");
    if (!there) return there.error();
    if (!*there) return {};
    auto rows =
        query(db, "SELECT object, position, collation, operator_class FROM historyd_ordering");
    if (!rows) return rows.error();
    std::map<std::pair<schema::oid, std::int64_t>, std::pair<std::string, std::string>> known;
    for (const auto& values : *rows) {
        const stored_row row(values);
        known[{row.number<schema::oid>(0), row.integer(1)}] = {row.text(2), row.text(3)};
    }
    if (known.empty()) return {};
    for (auto& [id, r] : out.relations) {
        for (auto& c : r.columns) {
            const auto at = known.find({id, c.attnum});
            if (at != known.end()) c.collation = at->second.first;
        }
        for (auto& i : r.indexes) {
            for (std::size_t k = 0; k < i.keys.size(); ++k) {
                const auto at = known.find({i.id, static_cast<std::int64_t>(k)});
                if (at == known.end()) continue;
                std::tie(i.keys[k].collation, i.keys[k].operator_class) = at->second;
            }
        }
    }
    return {};
}

result<void> load_dependencies(sqlite::database& db, own_schema& out) {
    auto rows = query(db, "SELECT relation, depends_on FROM historyd_dependency");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        const auto found = out.relations.find(row.number<schema::oid>(0));
        if (found == out.relations.end()) continue;
        found->second.depends_on.push_back(row.number<schema::oid>(1));
    }
    return {};
}

result<void> load_sequences(sqlite::database& db, own_schema& out) {
    auto rows = query(db,
                      "SELECT oid, namespace, name, type, start, increment, min, max, cycle,"
                      " owner_relation, owner_attnum, comment FROM historyd_sequence ORDER BY oid");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        schema::sequence s;
        s.id = row.number<schema::oid>(0);
        s.namespace_id = row.number<schema::oid>(1);
        s.name = row.text(2);
        s.type = row.number<schema::oid>(3);
        s.start = row.integer(4);
        s.increment = row.integer(5);
        s.min = row.integer(6);
        s.max = row.integer(7);
        s.cycle = row.flag(8);
        s.owner_relation = row.number<schema::oid>(9);
        s.owner_attnum = row.number<std::int16_t>(10);
        s.comment = row.text(11);
        out.sequences.push_back(std::move(s));
    }
    return {};
}

result<void> load_namespaces(sqlite::database& db, own_schema& out) {
    auto rows = query(db, "SELECT oid, name, comment FROM historyd_namespace ORDER BY oid");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const stored_row row(values);
        out.namespaces.push_back(
            {.id = row.number<schema::oid>(0), .name = row.text(1), .comment = row.text(2)});
    }
    auto counter = query(db, "SELECT next_oid, format FROM historyd_catalog");
    if (!counter) return counter.error();
    if (counter->empty()) return {};
    const stored_row row(counter->front());
    if (row.integer(1) != schema::own_tables_format) {
        return sql_error(sqlstate::data_corrupted, "the file's historyd tables have format " +
                                                       std::to_string(row.integer(1)) +
                                                       ", this historyd knows " +
                                                       std::to_string(schema::own_tables_format))
            .with_hint("Serve it with the historyd that wrote it, or a newer one.");
    }
    out.next_oid = row.number<schema::oid>(0);
    return {};
}

}  // namespace

result<own_schema> load_own_schema(sqlite::database& db) {
    own_schema out;
    auto there = has_table(db, "historyd_catalog");
    if (!there) return there.error();
    if (!*there) return out;
    for (const auto load : {load_namespaces, load_relations, load_columns, load_constraints,
                            load_indexes, load_orderings, load_dependencies, load_sequences}) {
        if (auto loaded = load(db, out); !loaded) return loaded.error();
    }
    return out;
}

}  // namespace historyd::catalog
