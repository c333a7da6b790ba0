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

std::string collated(const std::string& sql, types::oid type) {
    const auto* info = types::find_type(type);
    if (info == nullptr || info->collation.empty()) return sql;
    return sql + " COLLATE " + std::string(info->collation);
}

}  // namespace

// The keys of the arbiter over the columns of a row, each with its collation.
result<std::vector<std::string>> insert_builder::arbiter_key_sql() {
    std::vector<std::string> out;
    for (const auto& key : arbiter_->keys) {
        const auto* column = key.attnum == 0 ? nullptr : table().find_column(key.attnum);
        if (column != nullptr && column->generated == 0) {
            out.push_back(collated(quote_name(column->name), column->type.id));
            continue;
        }
        table_expression expressions(t_, table());
        auto e =
            column != nullptr
                ? expressions.translate(*column->default_sql, clause::generated, column->type.id)
                : expressions.translate(key.expression_sql, clause::index_expression, 0);
        if (!e) return e.error();
        out.push_back(collated("(" + e->sql + ")", e->type.id));
    }
    return out;
}

// Whether the proposed row `row_alias` meets a row that DO UPDATE's WHERE leaves as it is.
result<std::string> insert_builder::unchanged_sql(const std::string& row_alias) {
    auto keys = arbiter_key_sql();
    if (!keys) return keys.error();
    const auto row = quote_name(row_alias) + ".";
    std::string met;
    for (std::size_t i = 0; i < keys->size(); ++i) {
        met += (i == 0 ? "" : " AND ") + (*keys)[i] + " = " + row + numbered("k", i + 1);
    }
    if (!arbiter_->predicate_sql.empty()) {
        table_expression expressions(t_, table());
        auto predicate = expressions.translate(arbiter_->predicate_sql, clause::index_predicate,
                                               types::type_oid::bool_);
        if (!predicate) return predicate.error();
        met += " AND (" + predicate->sql + ")";
    }
    std::string given, generated;
    std::size_t n = 0;
    for (const auto& c : table().columns) {
        if (c.generated == 0) {
            given +=
                (n == 0 ? "" : ", ") + row + numbered("v", n + 1) + " AS " + quote_name(c.name);
            ++n;
            continue;
        }
        table_expression expressions(t_, table());
        auto e = expressions.translate(*c.default_sql, clause::generated, c.type.id);
        if (!e) return e.error();
        generated += ", " + e->sql + " AS " + quote_name(c.name);
    }
    return "EXISTS (SELECT 1 FROM (SELECT * FROM " + target_.sql() + " WHERE " + met + ") AS " +
           quote_name(target_.entry->sqlite_alias) + ", (SELECT *" + generated + " FROM (SELECT " +
           given + ")) AS \"excluded\" WHERE (" + update_condition_ + ") IS NOT TRUE)";
}

// A row that comes again later must not be touched before: with a WHERE it may meet one that stays
// as it is. Keys with a NULL never meet, nor do rows that a partial index leaves out.
result<std::string> insert_builder::once_each(const std::string& rows_sql) {
    auto keys = arbiter_key_sql();
    if (!keys) return keys.error();
    std::string partition, key_list, counts;
    for (std::size_t i = 0; i < keys->size(); ++i) {
        const auto name = numbered("k", i + 1);
        key_list += ", " + (*keys)[i] + " AS " + name;
        partition += (i == 0 ? "" : ", ") + (*keys)[i];
        counts += (i == 0 ? "" : " AND ") + (*keys)[i] + " IS NOT NULL";
    }
    if (!arbiter_->predicate_sql.empty()) {
        table_expression expressions(t_, table());
        auto predicate = expressions.translate(arbiter_->predicate_sql, clause::index_predicate,
                                               types::type_oid::bool_);
        if (!predicate) return predicate.error();
        counts += " AND (" + predicate->sql + ")";
        partition += ", (" + predicate->sql + ")";
    }
    std::string values, rest;
    std::size_t n = 0;
    for (const auto& c : table().columns) {
        if (c.generated != 0) continue;
        const auto name = numbered("v", ++n);
        values += (n == 1 ? "" : ", ") + quote_name(c.name) + " AS " + name;
        if (n > 1) rest += ", " + name;
    }
    const auto alias = t_.unique_alias("historyd_row");
    auto again = quote_name(alias) + ".\"later\" > 0";
    if (!update_condition_.empty()) {
        auto unchanged = unchanged_sql(alias);
        if (!unchanged) return unchanged.error();
        again += " AND NOT " + *unchanged;
    }
    const auto proposed = quote_name(t_.unique_alias("historyd_proposed"));
    const auto order = quote_name("historyd_order");
    // The check rides on the first column, so that it runs before the row is inserted.
    return "SELECT CASE WHEN " + again + " THEN " + std::string(second_time) + " ELSE \"v1\" END" +
           rest + " FROM (SELECT " + values + key_list + ", CASE WHEN " + counts +
           " THEN count(*) OVER (PARTITION BY " + partition + " ORDER BY " + order +
           " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) ELSE 0 END AS \"later\", " + order +
           " AS \"o\" FROM (WITH " + proposed + "(" + column_list() + ") AS (" + rows_sql +
           ") SELECT *, row_number() OVER () AS " + order + " FROM " + proposed + ")) AS " +
           quote_name(alias) + " ORDER BY \"o\"";
}

}  // namespace historyd::sql
