#include "storage/catalog/foreign_tables.hpp"

#include <strings.h>

#include <algorithm>
#include <set>

#include "storage/catalog/foreign_type.hpp"

namespace historyd::catalog {

namespace {

using schema::constraint;
using schema::constraint_kind;
using schema::relation;

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::int16_t attnum_of(const relation& r, std::string_view name) {
    for (const auto& c : r.columns) {
        if (same_name(c.name, name)) return c.attnum;
    }
    return 0;
}

char action_of(std::string_view action) {
    if (same_name(action, "CASCADE")) return 'c';
    if (same_name(action, "SET NULL")) return 'n';
    if (same_name(action, "SET DEFAULT")) return 'd';
    return same_name(action, "RESTRICT") ? 'r' : 'a';
}

bool mentions(std::string_view sql, std::string_view word) {
    const auto equal = [](char a, char b) { return (a & ~0x20) == (b & ~0x20); };
    return !std::ranges::search(sql, word, equal).empty();
}

schema::column foreign_column(const sqlite_column& c, std::int16_t attnum, bool rowid_key,
                              bool& opaque) {
    const auto type = type_of_declaration(c.declared_type, rowid_key);
    schema::column out;
    out.name = c.name;
    out.attnum = attnum;
    out.type = type.type;
    out.foreign_form = type.foreign_form;
    out.not_null = c.not_null || c.key_position > 0;
    out.generated = c.generated ? 's' : '\0';
    if (c.has_default && !same_name(c.default_text, "NULL")) {
        out.default_sql = default_of_declaration(c.default_text, out.type);
        if (!out.default_sql) opaque = true;
    }
    return out;
}

void add_key(relation& r, constraint_kind kind, std::vector<std::int16_t> columns) {
    std::string name = r.name;
    if (kind == constraint_kind::unique) {
        for (const auto attnum : columns) name += "_" + r.find_column(attnum)->name;
    }
    name += kind == constraint_kind::primary_key ? "_pkey" : "_key";
    schema::index i;
    i.id = derived_oid('i', name);
    i.name = name;
    i.unique = true;
    i.primary = kind == constraint_kind::primary_key;
    for (const auto attnum : columns) {
        i.keys.push_back({.attnum = attnum, .expression_sql = {}});
    }
    constraint c;
    c.id = derived_oid('c', r.name + "." + name);
    c.name = name;
    c.kind = kind;
    c.columns = std::move(columns);
    c.index = i.id;
    r.indexes.push_back(std::move(i));
    r.constraints.push_back(std::move(c));
}

void add_primary_key(relation& r, const sqlite_table& table) {
    std::vector<const sqlite_column*> key;
    for (const auto& c : table.columns) {
        if (c.key_position > 0) key.push_back(&c);
    }
    if (key.empty()) return;
    std::ranges::sort(key, {}, &sqlite_column::key_position);
    std::vector<std::int16_t> attnums;
    for (const auto* c : key) attnums.push_back(attnum_of(r, c->name));
    add_key(r, constraint_kind::primary_key, std::move(attnums));
}

// Returns: false when SQLite's index has an expression, which has no PostgreSQL text.
bool keys_of(const relation& r, const sqlite_index& source, schema::index& out) {
    for (const auto& key : source.keys) {
        const auto attnum = attnum_of(r, key.column);
        if (attnum == 0) return false;
        out.keys.push_back({.attnum = attnum,
                            .expression_sql = {},
                            .descending = key.descending,
                            .nulls_first = key.descending});
    }
    return true;
}

void add_index(relation& r, const sqlite_index& source) {
    schema::index i;
    const bool plain = keys_of(r, source, i);
    if (source.origin == 'p') return;
    if (source.origin == 'u') {
        if (!plain) return;
        std::vector<std::int16_t> attnums;
        for (const auto& key : i.keys) attnums.push_back(key.attnum);
        add_key(r, constraint_kind::unique, std::move(attnums));
        return;
    }
    if (!plain || source.partial) {
        // Only SQLite knows what it covers; when it is unique, rows cannot be judged without it.
        if (source.unique) r.has_opaque_rules = true;
        return;
    }
    i.id = derived_oid('i', source.name);
    i.name = source.name;
    i.unique = source.unique;
    r.indexes.push_back(std::move(i));
}

}  // namespace

schema::oid derived_oid(char kind, std::string_view name, unsigned probe) {
    std::uint32_t hash = 2166136261u;  // FNV-1a
    const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u; };
    mix(kind);
    for (const char c : name) mix(c);
    return first_derived_oid + ((hash + probe) & (first_derived_oid - 1));
}

relation foreign_relation(const sqlite_table& table) {
    relation r;
    r.id = derived_oid('r', table.name);
    r.name = table.name;
    r.sqlite_name = table.name;
    r.kind = table.view ? schema::relation_kind::view : schema::relation_kind::table;
    r.foreign_made = true;
    r.view_sql = table.view ? table.sql : std::string();
    r.has_opaque_rules = table.has_triggers || mentions(table.sql, "CHECK");
    const auto* rowid = table.rowid_column();
    r.has_rowid_key = rowid != nullptr;
    for (const auto& c : table.columns) {
        const auto attnum = static_cast<std::int16_t>(c.position + 1);
        r.columns.push_back(foreign_column(c, attnum, &c == rowid, r.has_opaque_rules));
        r.next_attnum = static_cast<std::int16_t>(attnum + 1);
    }
    if (table.view) return r;
    add_primary_key(r, table);
    for (const auto& i : table.indexes) add_index(r, i);
    return r;
}

void add_foreign_keys(relation& r, const sqlite_table& table, const std::vector<relation>& all) {
    for (const auto& source : table.foreign_keys) {
        const auto parent = std::ranges::find_if(
            all, [&](const relation& other) { return same_name(other.sqlite_name, source.table); });
        if (parent == all.end()) {
            r.has_opaque_rules = true;
            continue;
        }
        constraint c;
        c.kind = constraint_kind::foreign_key;
        c.name = r.name;
        for (const auto& column : source.columns) {
            c.columns.push_back(attnum_of(r, column));
            c.name += "_" + column;
        }
        c.name += "_fkey";
        c.id = derived_oid('c', r.name + "." + c.name);
        c.foreign_relation = parent->id;
        for (const auto& column : source.foreign_columns) {
            c.foreign_columns.push_back(attnum_of(*parent, column));
        }
        if (const auto* key = parent->primary_key(); key != nullptr && c.foreign_columns.empty()) {
            c.foreign_columns = key->columns;
        }
        c.on_update = action_of(source.on_update);
        c.on_delete = action_of(source.on_delete);
        r.constraints.push_back(std::move(c));
    }
}

void merge_changes(relation& stored, const sqlite_table& table) {
    std::erase_if(stored.columns, [&](const schema::column& c) {
        return std::ranges::none_of(
            table.columns, [&](const sqlite_column& s) { return same_name(s.name, c.name); });
    });
    for (const auto& c : table.columns) {
        if (attnum_of(stored, c.name) != 0) continue;
        auto added = foreign_column(c, stored.next_attnum++, false, stored.has_opaque_rules);
        stored.columns.push_back(std::move(added));
    }
    if (table.has_triggers) stored.has_opaque_rules = true;
    if (stored.foreign_made && mentions(table.sql, "CHECK")) stored.has_opaque_rules = true;
    for (const auto& i : table.indexes) {
        const bool known = std::ranges::any_of(stored.indexes, [&](const schema::index& own) {
            return same_name(own.name, i.name) ||
                   i.name.ends_with("." + own.name);  // of a schema other than public
        });
        if (i.origin == 'c' && !known) add_index(stored, i);
    }
}

bool foreign_sequence(relation& r, schema::sequence& out) {
    if (!r.foreign_made || !r.has_rowid_key || r.primary_key() == nullptr) return false;
    const auto attnum = r.primary_key()->columns.front();
    const auto column = std::ranges::find(r.columns, attnum, &schema::column::attnum);
    column->identity = 'd';
    out.name = r.name + "_" + column->name + "_seq";
    out.id = derived_oid('S', out.name);
    out.owner_relation = r.id;
    out.owner_attnum = attnum;
    out.foreign_made = true;
    return true;
}

}  // namespace historyd::catalog
