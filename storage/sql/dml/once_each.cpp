#include <algorithm>

#include "storage/sql/ddl/table_expression.hpp"
#include "storage/sql/dml/insert.hpp"

// ON CONFLICT DO UPDATE for several rows. PostgreSQL refuses to touch a row twice in one command
// (21000); SQLite updates it as often as it is met, so the rows are looked through before.

namespace historyd::sql {

namespace {

constexpr std::string_view second_time =
    "pg_raise('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time', '', "
    "'Ensure that no rows proposed for insertion within the same command have duplicate "
    "constrained values.')";

std::string numbered(const char* letter, std::size_t n) {
    return "\"" + std::string(letter) + std::to_string(n) + "\"";
}

}  // namespace

// An expression of the table's definition over another row of its shape.
result<expr> insert_builder::stored_over(range_entry& row, const std::string& text, clause c,
                                         oid wanted) {
    auto parsed = parse_expression(t_, text);
    if (!parsed) return parsed.error();
    scope s;
    s.show(row);
    auto e = t_.expression(parsed->node, s, c);
    if (!e) return e;
    if (wanted == 0) return t_.settle_unknown(std::move(*e));
    return t_.coerce(std::move(*e), {.id = wanted}, coercion::assignment);
}

// Keys with their collations.
result<insert_builder::arbiter_sql> insert_builder::arbiter_over(range_entry& row) {
    arbiter_sql out;
    for (const auto& key : arbiter_->keys) {
        if (key.attnum != 0) {
            const auto column = std::ranges::find(row.columns, key.attnum, &range_column::attnum);
            out.keys.push_back(column->sql + collate_clause(column->type.id));
            continue;
        }
        auto e = stored_over(row, key.expression_sql, clause::index_expression, 0);
        if (!e) return e.error();
        out.keys.push_back("(" + e->sql + ")" + collate_clause(e->type.id));
    }
    if (arbiter_->predicate_sql.empty()) return out;
    auto e =
        stored_over(row, arbiter_->predicate_sql, clause::index_predicate, types::type_oid::bool_);
    if (!e) return e.error();
    out.predicate = "(" + e->sql + ")";
    return out;
}

// The row as it will be, for expressions over it: its values are prefix + "v1" and so on.
result<range_entry*> insert_builder::proposed_row(scope& s, const std::string& prefix) {
    auto& row = excluded_row(s);
    std::size_t n = 0;
    for (std::size_t i = 0; i < table().columns.size(); ++i) {
        const auto& c = table().columns[i];
        if (c.generated != 0) continue;
        auto& sql = row.columns[i].sql;
        sql = prefix + numbered("v", ++n);
        if (c.foreign_form) sql = "pg_foreign(" + sql + ", " + std::to_string(c.type.id) + ")";
    }
    for (std::size_t i = 0; i < table().columns.size(); ++i) {
        const auto& c = table().columns[i];
        if (c.generated == 0) continue;
        auto e = stored_over(row, *c.default_sql, clause::generated, c.type.id);
        if (!e) return e.error();
        row.columns[i].sql = "(" + e->sql + ")";
    }
    return &row;
}

// Whether the proposed row `row_alias` meets a row that DO UPDATE's WHERE leaves as it is.
result<std::string> insert_builder::meets_unchanged(const std::string& row_alias) {
    const auto prefix = quote_name(row_alias) + ".";
    auto there = arbiter_over(*target_.entry);
    if (!there) return there.error();
    scope names;
    names.with = &with_;
    names.show(*target_.entry);
    auto excluded = proposed_row(names, prefix);
    if (!excluded) return excluded.error();
    names.show(**excluded);
    auto condition =
        t_.condition(node_.on_conflict_clause->where_clause, names, clause::where, "WHERE");
    if (!condition) return condition.error();
    std::string met;
    for (std::size_t i = 0; i < there->keys.size(); ++i) {
        met += there->keys[i] + " = " + prefix + numbered("k", i + 1) + " AND ";
    }
    if (!there->predicate.empty()) met += there->predicate + " AND ";
    return "EXISTS (SELECT 1 FROM " + target_.sql() + " AS " +
           quote_name(target_.entry->sqlite_alias) + " WHERE " + met + "(" + condition->sql +
           ") IS NOT 1)";
}

// A row that comes again later must not be touched before: with a WHERE it may meet one that stays
// as it is. Keys with a NULL never meet, nor do rows that a partial index leaves out.
result<std::string> insert_builder::once_each(const std::string& rows_sql) {
    scope s;
    auto row = proposed_row(s, "");
    if (!row) return row.error();
    auto arbiter = arbiter_over(**row);
    if (!arbiter) return arbiter.error();
    std::string values, rest;
    std::size_t n = 0;
    for (const auto& c : table().columns) {
        if (c.generated != 0) continue;
        const auto name = numbered("v", ++n);
        values += (n == 1 ? "" : ", ") + name;
        if (n > 1) rest += ", " + name;
    }
    std::string partition, keys, meets;
    for (std::size_t i = 0; i < arbiter->keys.size(); ++i) {
        keys += ", " + arbiter->keys[i] + " AS " + numbered("k", i + 1);
        partition += (i == 0 ? "" : ", ") + arbiter->keys[i];
        meets += (i == 0 ? "" : " AND ") + arbiter->keys[i] + " IS NOT NULL";
    }
    if (!arbiter->predicate.empty()) {
        partition += ", " + arbiter->predicate;
        meets += " AND " + arbiter->predicate;
    }
    const auto alias = t_.unique_alias("row");
    auto again = quote_name(alias) + ".\"later\" > 0";
    if (node_.on_conflict_clause->where_clause != nullptr) {
        auto unchanged = meets_unchanged(alias);
        if (!unchanged) return unchanged.error();
        again += " AND NOT " + *unchanged;
    }
    const auto proposed = quote_name(t_.unique_table("proposed#"));
    // The check rides on the first column, so that it runs before the row is inserted.
    return "SELECT CASE WHEN " + again + " THEN " + std::string(second_time) + " ELSE \"v1\" END" +
           rest + " FROM (SELECT " + values + keys + ", \"o\", CASE WHEN " + meets +
           " THEN count(*) OVER (PARTITION BY " + partition +
           " ORDER BY \"o\" ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) ELSE 0 END AS "
           "\"later\" FROM (WITH " +
           proposed + "(" + values + ") AS (" + rows_sql + ") SELECT " + values +
           ", row_number() OVER () AS \"o\" FROM " + proposed + ")) AS " + quote_name(alias) +
           " ORDER BY \"o\"";
}

}  // namespace historyd::sql
