#include "storage/schema/own_tables.hpp"

#include <charconv>

namespace historyd::schema {

namespace {

constexpr auto definitions = std::to_array<std::string_view>({
    "CREATE TABLE IF NOT EXISTS historyd_catalog("
    "singleton INTEGER PRIMARY KEY CHECK (singleton = 1),"
    "format INTEGER NOT NULL, next_oid INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO historyd_catalog VALUES (1, 1, 16384)",
    "CREATE TABLE IF NOT EXISTS historyd_namespace("
    "oid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, comment TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS historyd_relation("
    "oid INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
    "sqlite_name TEXT NOT NULL UNIQUE, view_sql TEXT NOT NULL, comment TEXT NOT NULL,"
    "has_rowid_key INTEGER NOT NULL, foreign_made INTEGER NOT NULL, next_attnum INTEGER NOT NULL,"
    "UNIQUE (namespace, name))",
    "CREATE TABLE IF NOT EXISTS historyd_column("
    "relation INTEGER NOT NULL, attnum INTEGER NOT NULL, name TEXT NOT NULL,"
    "type INTEGER NOT NULL, typmod INTEGER NOT NULL, not_null INTEGER NOT NULL,"
    "identity TEXT NOT NULL, generated TEXT NOT NULL, default_sql TEXT, comment TEXT NOT NULL,"
    "foreign_form INTEGER NOT NULL, PRIMARY KEY (relation, attnum)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS historyd_constraint("
    "oid INTEGER PRIMARY KEY, relation INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
    "columns TEXT NOT NULL, index_oid INTEGER NOT NULL, check_sql TEXT NOT NULL,"
    "foreign_relation INTEGER NOT NULL, foreign_columns TEXT NOT NULL,"
    "on_update TEXT NOT NULL, on_delete TEXT NOT NULL,"
    "is_deferrable INTEGER NOT NULL, initially_deferred INTEGER NOT NULL, comment TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS historyd_index("
    "oid INTEGER PRIMARY KEY, relation INTEGER NOT NULL, name TEXT NOT NULL,"
    "is_unique INTEGER NOT NULL, is_primary INTEGER NOT NULL, predicate_sql TEXT NOT NULL,"
    "method TEXT NOT NULL, comment TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS historyd_index_key("
    "index_oid INTEGER NOT NULL, position INTEGER NOT NULL, attnum INTEGER NOT NULL,"
    "expression_sql TEXT NOT NULL, descending INTEGER NOT NULL, nulls_first INTEGER NOT NULL,"
    "PRIMARY KEY (index_oid, position)) WITHOUT ROWID",
    // COLLATE and operator classes: of a relation's columns by attnum, of an index's keys by
    // position.
    "CREATE TABLE IF NOT EXISTS historyd_ordering("
    "object INTEGER NOT NULL, position INTEGER NOT NULL, collation TEXT NOT NULL,"
    "operator_class TEXT NOT NULL, PRIMARY KEY (object, position)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS historyd_dependency("
    "relation INTEGER NOT NULL, depends_on INTEGER NOT NULL,"
    "PRIMARY KEY (relation, depends_on)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS historyd_sequence("
    "oid INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, name TEXT NOT NULL,"
    "type INTEGER NOT NULL, start INTEGER NOT NULL, increment INTEGER NOT NULL,"
    "min INTEGER NOT NULL, max INTEGER NOT NULL, cycle INTEGER NOT NULL,"
    "owner_relation INTEGER NOT NULL, owner_attnum INTEGER NOT NULL, comment TEXT NOT NULL,"
    "UNIQUE (namespace, name))",
    "CREATE TABLE IF NOT EXISTS historyd_sequence_position("
    "oid INTEGER PRIMARY KEY, last_value INTEGER NOT NULL, is_called INTEGER NOT NULL)",
});

constexpr auto outbox_definitions = std::to_array<std::string_view>({
    // seq has AUTOINCREMENT: after pruning a plain rowid could be given again, and what has a
    // number
    // at or below the watermark counts as applied.
    "CREATE TABLE IF NOT EXISTS historyd_outbox("
    "seq INTEGER PRIMARY KEY AUTOINCREMENT, txid INTEGER, op TEXT NOT NULL, tbl TEXT NOT NULL,"
    "pk TEXT, row TEXT, chain_hash BLOB, created_us INTEGER)",
    "CREATE TABLE IF NOT EXISTS historyd_meta("
    "singleton INTEGER PRIMARY KEY CHECK (singleton = 1), node_id TEXT NOT NULL,"
    "incarnation TEXT NOT NULL, previous_incarnation TEXT NOT NULL, copied_from TEXT NOT NULL,"
    "backend_uuid TEXT NOT NULL, file_facts TEXT NOT NULL, capturing INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS historyd_state("
    "singleton INTEGER PRIMARY KEY CHECK (singleton = 1),"
    "acked_seq INTEGER NOT NULL, acked_hash BLOB NOT NULL,"
    "pruned_seq INTEGER NOT NULL, pruned_hash BLOB NOT NULL)",
    "INSERT OR IGNORE INTO historyd_state VALUES (1, 0, zeroblob(32), 0, zeroblob(32))",
    "CREATE TABLE IF NOT EXISTS historyd_dead("
    "seq INTEGER PRIMARY KEY, txid INTEGER NOT NULL, op TEXT NOT NULL, tbl TEXT NOT NULL,"
    "pk TEXT, row TEXT, created_us INTEGER NOT NULL,"
    "sqlstate TEXT NOT NULL, message TEXT NOT NULL, parked_us INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS historyd_captured("
    "sqlite_name TEXT PRIMARY KEY, tbl TEXT NOT NULL, columns TEXT NOT NULL,"
    "phase TEXT NOT NULL, last_key TEXT) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS historyd_former_type("
    "tbl TEXT NOT NULL, column_name TEXT NOT NULL, last_seq INTEGER NOT NULL,"
    "type INTEGER NOT NULL, PRIMARY KEY (tbl, column_name, last_seq)) WITHOUT ROWID",
});

value number(auto v) { return static_cast<std::int64_t>(v); }

// A char field such as 'p' or 'a'; 0 is stored as an empty string.
value letter(char c) { return c == 0 ? std::string() : std::string(1, c); }

void save_ordering(oid object, value position, const std::string& collation,
                   const std::string& operator_class, std::vector<own_change>& out) {
    if (collation.empty() && operator_class.empty()) return;
    out.push_back({"INSERT INTO historyd_ordering VALUES (?1,?2,?3,?4)",
                   {number(object), std::move(position), collation, operator_class}});
}

void save_column(oid relation_id, const column& c, std::vector<own_change>& out) {
    out.push_back(
        {"INSERT INTO historyd_column VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
         {number(relation_id), number(c.attnum), c.name, number(c.type.id), number(c.type.typmod),
          number(c.not_null), letter(c.identity), letter(c.generated),
          c.default_sql ? value(*c.default_sql) : value(), c.comment, number(c.foreign_form)}});
    save_ordering(relation_id, number(c.attnum), c.collation, {}, out);
}

void save_constraint(oid relation_id, const constraint& c, std::vector<own_change>& out) {
    out.push_back(
        {"INSERT INTO historyd_constraint VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
         {number(c.id), number(relation_id), c.name, letter(static_cast<char>(c.kind)),
          attnum_text(c.columns), number(c.index), c.check_sql, number(c.foreign_relation),
          attnum_text(c.foreign_columns), letter(c.on_update), letter(c.on_delete),
          number(c.deferrable), number(c.initially_deferred), c.comment}});
}

void save_index(oid relation_id, const index& i, std::vector<own_change>& out) {
    out.push_back({"INSERT INTO historyd_index VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
                   {number(i.id), number(relation_id), i.name, number(i.unique), number(i.primary),
                    i.predicate_sql, i.method, i.comment}});
    for (std::size_t k = 0; k < i.keys.size(); ++k) {
        const auto& key = i.keys[k];
        out.push_back({"INSERT INTO historyd_index_key VALUES (?1,?2,?3,?4,?5,?6)",
                       {number(i.id), number(k), number(key.attnum), key.expression_sql,
                        number(key.descending), number(key.nulls_first)}});
        save_ordering(i.id, number(k), key.collation, key.operator_class, out);
    }
}

}  // namespace

std::span<const std::string_view> own_table_definitions() { return definitions; }

std::span<const std::string_view> outbox_table_definitions() { return outbox_definitions; }

void save_relation(const relation& r, std::vector<own_change>& out) {
    erase_relation(r.id, out);
    out.push_back({"INSERT INTO historyd_relation VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
                   {number(r.id), number(r.namespace_id), r.name, letter(static_cast<char>(r.kind)),
                    r.sqlite_name, r.view_sql, r.comment, number(r.has_rowid_key),
                    number(r.foreign_made), number(r.next_attnum)}});
    for (const auto& c : r.columns) save_column(r.id, c, out);
    for (const auto& c : r.constraints) save_constraint(r.id, c, out);
    for (const auto& i : r.indexes) save_index(r.id, i, out);
    for (const auto id : r.depends_on) {
        out.push_back({"INSERT OR IGNORE INTO historyd_dependency VALUES (?1,?2)",
                       {number(r.id), number(id)}});
    }
}

void erase_relation(oid id, std::vector<own_change>& out) {
    const std::vector<value> parameters{number(id)};
    out.push_back(
        {"DELETE FROM historyd_ordering WHERE object = ?1 OR object IN "
         "(SELECT oid FROM historyd_index WHERE relation = ?1)",
         parameters});
    out.push_back(
        {"DELETE FROM historyd_index_key WHERE index_oid IN "
         "(SELECT oid FROM historyd_index WHERE relation = ?1)",
         parameters});
    out.push_back({"DELETE FROM historyd_index WHERE relation = ?1", parameters});
    out.push_back({"DELETE FROM historyd_constraint WHERE relation = ?1", parameters});
    out.push_back({"DELETE FROM historyd_column WHERE relation = ?1", parameters});
    out.push_back({"DELETE FROM historyd_dependency WHERE relation = ?1", parameters});
    out.push_back({"DELETE FROM historyd_relation WHERE oid = ?1", parameters});
}

void save_sequence(const sequence& s, std::vector<own_change>& out) {
    if (s.foreign_made) return;
    out.push_back(
        {"INSERT OR REPLACE INTO historyd_sequence VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
         {number(s.id), number(s.namespace_id), s.name, number(s.type), number(s.start),
          number(s.increment), number(s.min), number(s.max), number(s.cycle),
          number(s.owner_relation), number(s.owner_attnum), s.comment}});
}

void erase_sequence(oid id, std::vector<own_change>& out) {
    out.push_back({"DELETE FROM historyd_sequence WHERE oid = ?1", {number(id)}});
    out.push_back({"DELETE FROM historyd_sequence_position WHERE oid = ?1", {number(id)}});
}

void save_namespace(const namespace_info& n, std::vector<own_change>& out) {
    out.push_back({"INSERT OR REPLACE INTO historyd_namespace VALUES (?1,?2,?3)",
                   {number(n.id), n.name, n.comment}});
}

void erase_namespace(oid id, std::vector<own_change>& out) {
    out.push_back({"DELETE FROM historyd_namespace WHERE oid = ?1", {number(id)}});
}

void save_next_oid(oid next, std::vector<own_change>& out) {
    out.push_back({"UPDATE historyd_catalog SET next_oid = ?1", {number(next)}});
}

std::string attnum_text(std::span<const std::int16_t> attnums) {
    std::string out;
    for (const auto attnum : attnums) {
        if (!out.empty()) out += ' ';
        out += std::to_string(attnum);
    }
    return out;
}

std::vector<std::int16_t> attnums_of(std::string_view text) {
    std::vector<std::int16_t> out;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::int16_t attnum = 0;
        const auto [next, error] = std::from_chars(at, end, attnum);
        if (error != std::errc{}) break;
        out.push_back(attnum);
        at = next < end ? next + 1 : end;
    }
    return out;
}

}  // namespace historyd::schema
