#include <strings.h>

#include <algorithm>

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

const with_item* find_with(const with_frame* frame, std::string_view name) {
    for (; frame != nullptr; frame = frame->outer) {
        for (const auto& item : frame->items) {
            if (item.name == name && !item.pending) return &item;
        }
    }
    return nullptr;
}

}  // namespace

// SQLite's names compare without case: what PostgreSQL keeps apart has to differ more than that.
std::string translator::unique_alias(std::string_view wanted) {
    std::string name(wanted.empty() ? "subquery" : wanted);
    for (int n = 1; !aliases_.insert(lower_ascii(name)).second; ++n) {
        name = std::string(wanted.empty() ? "subquery" : wanted) + "_" + std::to_string(n);
    }
    return name;
}

std::string translator::unique_table(std::string_view wanted) {
    const auto is_there = [&](const std::string& name) {
        return std::ranges::any_of(input_.schema.relations, [&](const auto& r) {
            return strcasecmp(r->sqlite_name.c_str(), name.c_str()) == 0;
        });
    };
    auto name = unique_alias(wanted);
    while (is_there(name)) name = unique_alias(wanted);
    return name;
}

std::string translator::relation_sql(const schema::relation& r) {
    return quote_name(r.sqlite_name.empty() ? r.name : r.sqlite_name);
}

std::string translator::rowid_name(const schema::relation& r) {
    for (const char* name : {"rowid", "_rowid_", "oid"}) {
        const bool hidden = std::ranges::any_of(r.columns, [&](const schema::column& c) {
            return strcasecmp(c.name.c_str(), name) == 0;
        });
        if (!hidden) return name;
    }
    return {};
}

result<const schema::relation*> translator::find_relation(const PgQuery__RangeVar* name) const {
    const std::string_view catalog = name->catalogname, space = name->schemaname,
                           table = name->relname;
    if (!catalog.empty() && catalog != input_.database) {
        return at(
            unsupported("cross-database references are not implemented: \"" + std::string(catalog) +
                        "." + std::string(space) + "." + std::string(table) + "\""),
            name->location);
    }
    if (!space.empty()) {
        if (const auto* found = schema().find_relation(space, table)) {
            if (auto own = check_own(found->namespace_id); !own) return own.error();
            return found;
        }
        return at(
            sql_error(sqlstate::undefined_table, "relation \"" + std::string(space) + "." +
                                                     std::string(table) + "\" does not exist"),
            name->location);
    }
    const bool catalog_listed =
        std::ranges::find(input_.search_path, "pg_catalog") != input_.search_path.end();
    if (!catalog_listed) {
        if (const auto* found = schema().find_relation("pg_catalog", table)) return found;
    }
    for (const auto& place : input_.search_path) {
        if (const auto* found = schema().find_relation(place, table)) return found;
    }
    return at(sql_error(sqlstate::undefined_table,
                        "relation \"" + std::string(table) + "\" does not exist"),
              name->location);
}

result<void> translator::check_own(oid namespace_id) const {
    const auto* space = schema().find_namespace(namespace_id);
    if (space == nullptr || !space->is_temporary() || space->name == input_.temporary_schema) {
        return {};
    }
    return sql_error(sqlstate::feature_not_supported,
                     "cannot access temporary tables of other sessions");
}

void translator::note_read(const schema::relation& r) {
    // A view's text may have the name elsewhere: then they are shown for nothing.
    for (const std::string_view shown : {"pg_cursors", "pg_prepared_statements"}) {
        const auto& names = r.is_catalog ? r.name : r.view_sql;
        shows_session = shows_session || names.find(shown) != std::string::npos;
    }
    if (r.is_catalog || !reads.insert(r.id).second) return;
    for (const auto id : r.depends_on) {
        if (const auto* below = schema().find_relation(id)) note_read(*below);
    }
}

range_entry& translator::add_relation(scope& s, const schema::relation& r,
                                      const PgQuery__Alias* alias, std::string sqlite_alias) {
    auto& entry = s.add_entry();
    const bool aliased = alias != nullptr && *alias->aliasname != '\0';
    entry.alias = aliased ? alias->aliasname : r.name;
    if (!aliased) {
        const auto* space = schema().find_namespace(r.namespace_id);
        entry.schema_name = space == nullptr ? "" : space->name;
    }
    if (!sqlite_alias.empty()) aliases_.insert(lower_ascii(sqlite_alias));
    entry.sqlite_alias = sqlite_alias.empty() ? unique_alias(entry.alias) : std::move(sqlite_alias);
    entry.relation = &r;
    for (const auto& column : r.columns) {
        range_column c{.name = column.name,
                       .sql = quote_name(entry.sqlite_alias) + "." + quote_name(column.name),
                       .type = column.type,
                       .table = r.id,
                       .attnum = column.attnum,
                       .not_null = column.not_null && r.kind == schema::relation_kind::table};
        if (column.foreign_form) {
            c.sql = "pg_foreign(" + c.sql + ", " + std::to_string(column.type.id) + ")";
        }
        entry.columns.push_back(std::move(c));
    }
    if (r.kind == schema::relation_kind::table) {
        // Not a bare number: to ORDER BY that is a column of the select list.
        entry.tableoid = {.name = "tableoid",
                          .sql = "(" + std::to_string(r.id) + " + 0)",
                          .type = {.id = t::oid_},
                          .table = r.id,
                          .attnum = -6};
    }
    note_read(r);
    return entry;
}

result<void> translator::apply_column_aliases(range_entry& entry, const PgQuery__Alias* alias,
                                              int location) const {
    if (alias == nullptr) return {};
    const auto names = list_of(alias->n_colnames, alias->colnames);
    if (names.size() > entry.columns.size()) {
        return at(sql_error(sqlstate::invalid_column_reference,
                            "table \"" + entry.alias + "\" has " +
                                std::to_string(entry.columns.size()) + " columns available but " +
                                std::to_string(names.size()) + " columns specified"),
                  location);
    }
    for (std::size_t i = 0; i < names.size(); ++i) entry.columns[i].name = string_of(names[i]);
    return {};
}

result<void> translator::check_alias_free(const scope& s, const range_entry& entry,
                                          int location) const {
    for (const auto& item : s.visible) {
        const auto& other = *item.entry;
        if (!item.by_name || other.alias.empty() || other.alias != entry.alias) continue;
        // schema1.t and schema2.t may stand beside each other.
        if (!other.schema_name.empty() && !entry.schema_name.empty() &&
            other.schema_name != entry.schema_name) {
            continue;
        }
        return at(sql_error(sqlstate::duplicate_alias,
                            "table name \"" + entry.alias + "\" specified more than once"),
                  location);
    }
    return {};
}

result<std::string> translator::from_clause(node_list items, scope& s, bool follows) {
    std::string out;
    for (const auto* item : items) {
        auto piece = from_item(item, s);
        if (!piece) return piece.error();
        for (const auto& shown : piece->shown) {
            if (!shown.by_name) continue;
            if (auto free = check_alias_free(s, *shown.entry, -1); !free) return free.error();
        }
        s.visible.insert(s.visible.end(), piece->shown.begin(), piece->shown.end());
        // SQLite's comma binds like JOIN: a RIGHT or FULL join after one needs its own brackets.
        const bool brackets = (follows || !out.empty()) && piece->needs_brackets;
        if (!out.empty()) out += ", ";
        out += brackets ? "(" + piece->sql + ")" : piece->sql;
    }
    return out;
}

result<translator::from_piece> translator::from_item(const PgQuery__Node* node, scope& s) {
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_RANGE_VAR:
            return from_table(*node->range_var, s);
        case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
            return from_subquery(*node->range_subselect, s);
        case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
            return from_function(*node->range_function, s);
        case PG_QUERY__NODE__NODE_JOIN_EXPR:
            return from_join(*node->join_expr, s);
        case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE:
            return unsupported_at("TABLESAMPLE clauses", node->range_table_sample->location);
        case PG_QUERY__NODE__NODE_RANGE_TABLE_FUNC:
            return unsupported_at("XMLTABLE expressions", node->range_table_func->location);
        default:
            return unsupported_at("FROM items of this kind", -1);
    }
}

result<translator::from_piece> translator::from_table(const PgQuery__RangeVar& node, scope& s) {
    if (*node.schemaname == '\0') {
        if (const auto* item = find_with(s.with, node.relname)) return from_with(*item, node, s);
    }
    auto found = find_relation(&node);
    if (!found) {
        if (const auto* sequence = find_sequence(node)) return from_sequence(*sequence, node, s);
        return found.error();
    }
    const auto& relation = **found;
    if (relation.kind == schema::relation_kind::index) {
        return at(sql_error(sqlstate::wrong_object_type, "\"" + relation.name + "\" is an index"),
                  node.location);
    }
    auto& entry = add_relation(s, relation, node.alias);
    if (auto named = apply_column_aliases(entry, node.alias, node.location); !named) {
        return named.error();
    }
    return from_piece{.sql = relation_sql(relation) + " AS " + quote_name(entry.sqlite_alias),
                      .shown = {{.entry = &entry}},
                      .entries = {&entry}};
}

const schema::sequence* translator::find_sequence(const PgQuery__RangeVar& node) const {
    if (*node.schemaname != '\0') return schema().find_sequence(node.schemaname, node.relname);
    for (const auto& place : input_.search_path) {
        if (const auto* found = schema().find_sequence(place, node.relname)) return found;
    }
    return nullptr;
}

// A sequence is a table of one row: where it stands.
result<translator::from_piece> translator::from_sequence(const schema::sequence& sequence,
                                                         const PgQuery__RangeVar& node, scope& s) {
    sequences.insert(sequence.id);
    auto& entry = s.add_entry();
    entry.alias = node.alias != nullptr ? node.alias->aliasname : sequence.name;
    entry.sqlite_alias = unique_alias(entry.alias);
    const auto prefix = quote_name(entry.sqlite_alias) + ".";
    const auto column = [&](std::string name, oid type) {
        range_column c{
            .name = std::move(name), .sql = {}, .type = {.id = type}, .table = sequence.id};
        c.sql = prefix + quote_name(c.name);
        c.attnum = static_cast<std::int16_t>(entry.columns.size() + 1);
        c.not_null = true;
        entry.columns.push_back(std::move(c));
    };
    column("last_value", t::int8);
    column("log_cnt", t::int8);
    column("is_called", t::bool_);
    if (auto named = apply_column_aliases(entry, node.alias, node.location); !named) {
        return named.error();
    }
    const auto position = "pg_sequence_last_value(" + std::to_string(sequence.id) + ")";
    s.is_volatile = true;
    return from_piece{.sql = "(SELECT coalesce(" + position + ", " +
                             std::to_string(sequence.start) +
                             ") AS \"last_value\", 0 AS \"log_cnt\", " + position +
                             " IS NOT NULL AS \"is_called\") AS " + quote_name(entry.sqlite_alias),
                      .shown = {{.entry = &entry}},
                      .entries = {&entry}};
}

result<translator::from_piece> translator::from_with(const with_item& item,
                                                     const PgQuery__RangeVar& node, scope& s) {
    if (item.part && item.columns.empty()) {
        return at(unsupported("WITH query \"" + item.name + "\" does not have a RETURNING clause"),
                  node.location);
    }
    auto& entry = s.add_entry();
    entry.alias = node.alias != nullptr ? node.alias->aliasname : node.relname;
    entry.sqlite_alias = unique_alias(entry.alias);
    entry.columns = item.columns;
    for (auto& column : entry.columns) {
        column.sql = quote_name(entry.sqlite_alias) + "." + column.sql;
    }
    if (auto named = apply_column_aliases(entry, node.alias, node.location); !named) {
        return named.error();
    }
    const auto source = item.part ? item.rows_sql : quote_name(item.sqlite_name);
    if (item.part) items_read.insert(*item.part);
    reads.insert(item.reads.begin(), item.reads.end());
    return from_piece{.sql = source + " AS " + quote_name(entry.sqlite_alias),
                      .shown = {{.entry = &entry}},
                      .entries = {&entry}};
}

// SQLite's FROM items cannot see each other, but for the arguments of functions: a subquery that
// sees others is a function of its rows, packed into one value.
result<translator::from_piece> translator::from_lateral(const PgQuery__RangeSubselect& node,
                                                        const query& q, int location, scope& s) {
    constexpr std::size_t columns_max = 127;  // SQLite's limit for arguments
    if (q.columns.size() > columns_max) {
        return unsupported_at("LATERAL subqueries of more than 127 columns", location);
    }
    auto& entry = s.add_entry();
    if (node.alias != nullptr) entry.alias = node.alias->aliasname;
    entry.sqlite_alias = unique_alias(entry.alias);
    const auto alias = quote_name(entry.sqlite_alias);
    // A short list of expressions is computed where it is used: "c1" tells only whether the row is
    // there, of an outer join.
    constexpr std::size_t inlined_bytes_max = 4096;
    const bool is_inlined =
        q.is_row && !q.is_volatile && q.sql.size() * q.columns.size() <= inlined_bytes_max;
    std::string packed;
    for (std::size_t i = 0; i < q.columns.size(); ++i) {
        const auto name = quote_name(q.sqlite_names[i]);
        packed += (i > 0 ? ", " : "") + name;
        auto sql = alias + ".\"c" + std::to_string(i + 1) + "\"";
        if (is_inlined) {
            sql = "CASE WHEN " + alias + ".\"c1\" THEN (SELECT " + name + " FROM (" + q.sql +
                  ")) END";
        }
        entry.columns.push_back({.name = q.columns[i].name,
                                 .sql = std::move(sql),
                                 .type = q.columns[i].type,
                                 .table = q.columns[i].table,
                                 .attnum = q.columns[i].attnum});
    }
    s.outer_uses.insert(s.outer_uses.end(), q.outer_uses.begin(), q.outer_uses.end());
    s.is_volatile |= q.is_volatile;
    if (auto named = apply_column_aliases(entry, node.alias, -1); !named) return named.error();
    const auto rows = "pg_rows((SELECT pg_pack_rows(" + packed + ") FROM (" + q.sql + ")))";
    return from_piece{.sql = (is_inlined ? "(SELECT 1 AS \"c1\")" : rows) + " AS " + alias,
                      .shown = {{.entry = &entry}},
                      .entries = {&entry}};
}

result<translator::from_piece> translator::from_subquery(const PgQuery__RangeSubselect& node,
                                                         scope& s) {
    auto q = select(node.subquery, node.lateral ? &s : s.outer,
                    {.wanted = {}, .name_columns = true, .with = s.with});
    if (!q) return q.error();
    for (const auto& use : q->outer_uses) {
        if (use.entry->home == &s) return from_lateral(node, *q, use.location, s);
    }
    auto& entry = s.add_entry();
    if (node.alias != nullptr) entry.alias = node.alias->aliasname;
    entry.sqlite_alias = unique_alias(entry.alias);
    for (std::size_t i = 0; i < q->columns.size(); ++i) {
        const auto& column = q->columns[i];
        entry.columns.push_back(
            {.name = column.name,
             .sql = quote_name(entry.sqlite_alias) + "." + quote_name(q->sqlite_names[i]),
             .type = column.type,
             .table = column.table,
             .attnum = column.attnum,
             .not_null = q->not_null[i]});
    }
    s.outer_uses.insert(s.outer_uses.end(), q->outer_uses.begin(), q->outer_uses.end());
    s.is_volatile |= q->is_volatile;
    if (auto named = apply_column_aliases(entry, node.alias, -1); !named) return named.error();
    return from_piece{.sql = "(" + q->sql + ") AS " + quote_name(entry.sqlite_alias),
                      .shown = {{.entry = &entry}},
                      .entries = {&entry}};
}

}  // namespace historyd::sql
