#include "storage/sql/ddl/sqlite_table.hpp"

#include <algorithm>

#include "storage/sql/ddl/table_expression.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

std::string_view sqlite_type(const schema::column& c) {
    const bool moment = c.type.id == type_oid::timestamp || c.type.id == type_oid::timestamptz;
    // Old versions of mem0 compare the declarations before they use a table.
    if (c.foreign_form && moment) return "DATETIME";
    const auto* info = types::find_type(c.type.id);
    switch (info == nullptr ? types::storage_form::text : info->form) {
        case types::storage_form::integer:
            return "INTEGER";
        case types::storage_form::real:
            return "REAL";
        case types::storage_form::blob:
            return "BLOB";
        default:
            return "TEXT";
    }
}

std::string_view action_sql(char action) {
    switch (action) {
        case 'r':
            return "RESTRICT";
        case 'c':
            return "CASCADE";
        case 'n':
            return "SET NULL";
        case 'd':
            return "SET DEFAULT";
        default:
            return "NO ACTION";
    }
}

std::string column_names(const schema::relation& r, std::span<const std::int16_t> attnums) {
    std::string out;
    for (const auto attnum : attnums) {
        if (!out.empty()) out += ", ";
        out += quote_name(r.find_column(attnum)->name);
    }
    return out;
}

bool is_rowid_key(const schema::relation& r, const schema::column& c) {
    const auto* key = r.primary_key();
    return r.has_rowid_key && key != nullptr && key->columns.front() == c.attnum;
}

std::string foreign_key_sql(const schema::constraint& c, const schema::relation& r,
                            const schema::relation& parent) {
    std::string out = "CONSTRAINT " + quote_name(c.name) + " FOREIGN KEY (" +
                      column_names(r, c.columns) + ") REFERENCES " +
                      quote_name(parent.sqlite_name) + " (" +
                      column_names(parent, c.foreign_columns) + ")";
    out += " ON UPDATE " + std::string(action_sql(c.on_update));
    out += " ON DELETE " + std::string(action_sql(c.on_delete));
    if (c.initially_deferred) out += " DEFERRABLE INITIALLY DEFERRED";
    return out;
}

}  // namespace

std::string column_sql(const schema::column& c) {
    const auto* info = types::find_type(c.type.id);
    std::string out = quote_name(c.name) + " ";
    out += sqlite_type(c);
    if (info != nullptr && !info->collation.empty())
        out += " COLLATE " + std::string(info->collation);
    return out;
}

result<std::string> create_table_sql(schema_change& change, const schema::relation& r) {
    table_expression expressions(change.t(), r);
    std::string body;
    for (const auto& c : r.columns) {
        if (!body.empty()) body += ", ";
        body += column_sql(c);
        if (is_rowid_key(r, c)) body += " PRIMARY KEY";
        if (c.not_null) body += " NOT NULL";
        if (c.generated != 0) {
            auto value = expressions.translate(*c.default_sql, clause::generated, c.type.id);
            if (!value) return value.error();
            body += " GENERATED ALWAYS AS (" + value->sql + ") STORED";
        }
    }
    // Checks are made in this order, in PostgreSQL by name.
    std::map<std::string, std::string> checks;
    for (const auto& c : r.constraints) {
        if (c.kind != schema::constraint_kind::check) continue;
        auto condition = expressions.translate(c.check_sql, clause::check, type_oid::bool_);
        if (!condition) return condition.error();
        checks[c.name] = std::move(condition->sql);
    }
    for (const auto& [name, condition] : checks) {
        body += ", CONSTRAINT " + quote_name(name) + " CHECK (" + condition + ")";
    }
    for (const auto& c : r.constraints) {
        if (c.kind == schema::constraint_kind::foreign_key) {
            // A table that refers to itself keeps its name, whatever it is called while it is
            // rebuilt.
            auto itself = r;
            if (const auto* old = change.schema().find_relation(r.id);
                old != nullptr && r.sqlite_name == "historyd_rebuilt") {
                itself.sqlite_name = old->sqlite_name;
            }
            const auto* parent = c.foreign_relation == r.id
                                     ? &itself
                                     : change.schema().find_relation(c.foreign_relation);
            if (parent == nullptr) continue;  // its table went in the same statement
            body += ", " + foreign_key_sql(c, r, *parent);
        }
    }
    if (r.columns.empty()) return unsupported("tables without columns");
    return "CREATE TABLE " + quote_name(r.sqlite_name) + " (" + body + ")";
}

result<std::string> index_keys_sql(translator& t, const schema::relation& r,
                                   const schema::index& i) {
    std::string keys;
    for (const auto& key : i.keys) {
        if (!keys.empty()) keys += ", ";
        if (key.attnum != 0) {
            keys += quote_name(r.find_column(key.attnum)->name);
        } else {
            auto e =
                table_expression(t, r).translate(key.expression_sql, clause::index_expression, 0);
            if (!e) return e.error();
            keys += e->sql + collate_clause(e->type.id);
        }
        if (key.descending) keys += " DESC";
    }
    return keys;
}

result<std::string> create_index_sql(schema_change& change, const schema::relation& r,
                                     const schema::index& i) {
    auto keys = index_keys_sql(change.t(), r, i);
    if (!keys) return keys;
    std::string out = i.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
    out += quote_name(sqlite_index_name(change.schema(), r, i.name)) + " ON " +
           quote_name(r.sqlite_name) + " (" + *keys + ")";
    if (!i.predicate_sql.empty()) {
        table_expression expressions(change.t(), r);
        auto condition =
            expressions.translate(i.predicate_sql, clause::index_predicate, type_oid::bool_);
        if (!condition) return condition.error();
        out += " WHERE " + condition->sql;
    }
    return out;
}

result<void> redeclare(schema_change& change, const schema::relation& r) {
    auto text = create_table_sql(change, r);
    if (!text) return text.error();
    change.run("PRAGMA writable_schema = ON");
    change.run("UPDATE sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = ?2",
               {*text, r.sqlite_name});
    // Forgets the schema in memory, then moves the schema cookie so that other connections do too.
    change.run("PRAGMA writable_schema = RESET");
    change.run("CREATE TABLE historyd_redeclared (x)");
    change.run("DROP TABLE historyd_redeclared");
    return {};
}

result<void> rebuild(schema_change& change, const schema::relation& r,
                     const std::map<std::int16_t, std::string>& values) {
    auto anew = r;
    anew.sqlite_name = "historyd_rebuilt";
    auto text = create_table_sql(change, anew);
    if (!text) return text.error();
    std::string names, sources;
    for (const auto& c : r.columns) {
        if (c.generated != 0) continue;
        const auto given = values.find(c.attnum);
        names += (names.empty() ? "" : ", ") + quote_name(c.name);
        sources += (sources.empty() ? "" : ", ") +
                   (given == values.end() ? quote_name(c.name) : given->second);
    }
    change.run(std::move(*text));
    change.run("INSERT INTO \"historyd_rebuilt\" (" + names + ") SELECT " + sources + " FROM " +
               quote_name(r.sqlite_name));
    change.run("DROP TABLE " + quote_name(r.sqlite_name));
    // The old way of renaming leaves other tables' and views' mention of the name alone.
    change.run("PRAGMA legacy_alter_table = ON");
    change.run("ALTER TABLE \"historyd_rebuilt\" RENAME TO " + quote_name(r.sqlite_name));
    change.run("PRAGMA legacy_alter_table = OFF");
    for (const auto& i : r.indexes) {
        if (!has_own_sqlite_index(r, i)) continue;
        auto index = create_index_sql(change, r, i);
        if (!index) return index.error();
        change.run(std::move(*index));
    }
    return {};
}

bool has_own_sqlite_index(const schema::relation& r, const schema::index& i) {
    if (i.primary && r.has_rowid_key) return false;
    if (!r.foreign_made) return true;
    // In another program's table the keys that were declared with it have SQLite's automatic index.
    constexpr schema::oid derived = 1u << 30;
    const bool of_constraint = std::ranges::any_of(
        r.constraints, [&](const schema::constraint& c) { return c.index == i.id; });
    return !of_constraint || i.id < derived;
}

}  // namespace historyd::sql
