#include <algorithm>
#include <array>

#include "storage/sql/ddl/collation.hpp"
#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/table_expression.hpp"

namespace historyd::sql {

namespace {

// PostgreSQL's access methods. SQLite has one kind of index; it serves whatever these serve.
constexpr std::array methods{"btree", "hash", "gin", "gist", "spgist", "brin"};

// Operator classes that only change which operators an index can serve.
bool is_harmless_class(std::string_view name) {
    return name.ends_with("_pattern_ops") || name.ends_with("_ops");
}

result<void> check_method(const translator&, const PgQuery__IndexStmt& node) {
    const std::string_view method = node.access_method;
    if (method.empty()) return {};
    if (std::ranges::find(methods, method) == methods.end()) {
        return sql_error(sqlstate::undefined_object,
                         "access method \"" + std::string(method) + "\" does not exist");
    }
    if (node.unique && method != "btree") {
        return sql_error(sqlstate::feature_not_supported, "access method \"" + std::string(method) +
                                                              "\" does not support unique indexes");
    }
    return {};
}

// The part of a generated index name that stands for one key.
std::string key_name(const PgQuery__IndexElem& element) {
    if (*element.indexcolname != '\0') return element.indexcolname;
    if (*element.name != '\0') return element.name;
    return expression_key_name(element.expr);
}

result<schema::index_key> key_of(translator& t, const schema::relation& r,
                                 const PgQuery__IndexElem& element) {
    schema::index_key key;
    for (const auto* opclass : list_of(element.n_opclass, element.opclass)) {
        const auto name = string_of(opclass);
        if (name != "pg_catalog" && !is_harmless_class(name)) {
            return sql_error(sqlstate::undefined_object,
                             "operator class \"" + std::string(name) +
                                 "\" does not exist for access method \"btree\"");
        }
        key.operator_class = name;
    }
    for (const auto* collation : list_of(element.n_collation, element.collation)) {
        const auto name = string_of(collation);
        if (name == "pg_catalog") continue;
        if (!collation_named(name)) return unsupported("collations other than \"C\"");
        key.collation = name;
    }
    key.descending = element.ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    key.nulls_first =
        element.nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
        (key.descending && element.nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT);
    const PgQuery__Node* expression = element.expr;
    if (expression == nullptr) {
        const auto* column = r.find_column(std::string_view(element.name));
        if (column == nullptr) {
            return sql_error(sqlstate::undefined_column,
                             "column \"" + std::string(element.name) + "\" does not exist");
        }
        key.attnum = column->attnum;
        return key;
    }
    table_expression expressions(t, r);
    auto translated = expressions.translate(expression, clause::index_expression, 0);
    if (!translated) return translated.error();
    if (expression->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && translated->attnum != 0) {
        key.attnum = translated->attnum;
        return key;
    }
    auto text = expressions.print(expression, clause::index_expression, 0);
    if (!text) return text.error();
    key.expression_sql = std::move(*text);
    return key;
}

}  // namespace

std::string expression_key_name(const PgQuery__Node* expression) {
    const auto name = translator::output_name(expression);
    return name == "?column?" ? "expr" : name;
}

std::string joined_key_names(const std::vector<std::string>& keys) {
    std::vector<std::string> names;
    std::string out;
    for (const auto& key : keys) {
        auto name = key;
        for (int i = 1; std::ranges::find(names, name) != names.end(); ++i) {
            name = key + std::to_string(i);
        }
        names.push_back(name);
        out += (out.empty() ? "" : "_") + name;
    }
    return out;
}

result<void> emit_unique_check(schema_change& change, const schema::relation& r,
                               const schema::index& i) {
    if (!i.unique) return {};
    std::string keys, names, values, not_null;
    for (const auto& key : i.keys) {
        if (key.attnum == 0) return {};  // SQLite's own message has to do
        const auto& column = *r.find_column(key.attnum);
        const auto name = quote_name(column.name);
        keys += (keys.empty() ? "" : ", ") + name;
        names += (names.empty() ? "" : ", ") + column.name;
        values += (values.empty() ? "" : " || ', ' || ") + name;
        not_null += (not_null.empty() ? "" : " AND ") + name + " IS NOT NULL";
    }
    std::string where = not_null;
    if (!i.predicate_sql.empty()) {
        table_expression expressions(change.t(), r);
        auto predicate =
            expressions.translate(i.predicate_sql, clause::index_predicate, types::type_oid::bool_);
        if (!predicate) return predicate.error();
        where += " AND " + predicate->sql;
    }
    const auto& space = change.schema().find_namespace(r.namespace_id)->name;
    change.run("SELECT pg_raise('23505', ?1, " + quote_text("Key (" + names + ")=(") + " || " +
                   values + " || ') is duplicated.', '', " + quote_text(space) + ", " +
                   quote_text(r.name) + ", '', " + quote_text(i.name) + ") FROM " +
                   quote_name(r.sqlite_name) + " WHERE " + where + " GROUP BY " + keys +
                   " HAVING count(*) > 1 LIMIT 1",
               {"could not create unique index \"" + i.name + "\""});
    return {};
}

definition create_index(translator& t, const PgQuery__IndexStmt& node) {
    if (auto known = check_method(t, node); !known) return known.error();
    if (auto known = check_storage_options(t, list_of(node.n_options, node.options)); !known) {
        return known.error();
    }
    if (node.nulls_not_distinct) return unsupported("NULLS NOT DISTINCT");
    if (*node.table_space != '\0') return unsupported("tablespaces");
    if (node.n_index_including_params > 0 && node.unique) {
        // SQLite would make the included columns part of what has to be unique.
        return unsupported("INCLUDE in a unique index", "Leave the INCLUDE list out.");
    }
    auto found = t.find_relation(node.relation);
    if (!found) {
        auto error = found.error();
        error.position = 0;
        return error;
    }
    if ((*found)->is_catalog) {
        return sql_error(sqlstate::insufficient_privilege,
                         "permission denied: \"" + (*found)->name + "\" is a system catalog");
    }
    if ((*found)->kind != schema::relation_kind::table) {
        return sql_error(sqlstate::wrong_object_type,
                         "cannot create index on relation \"" + (*found)->name + "\"")
            .with_detail("This operation is not supported for views.");
    }
    schema::relation r = **found;
    schema_change change(t);
    schema::index i;
    i.unique = node.unique != 0;
    i.name = node.idxname;
    if (*node.access_method != '\0') i.method = node.access_method;
    const auto& space = *t.schema().find_namespace(r.namespace_id);
    if (!i.name.empty()) {
        auto skip = skip_existing(change, space, i.name, node.if_not_exists != 0);
        if (!skip) return skip.error();
        if (*skip) return change.finish("CREATE INDEX");
    }
    const auto elements = list_of(node.n_index_params, node.index_params);
    for (const auto* element : elements) {
        auto key = key_of(t, r, *element->index_elem);
        if (!key) return key.error();
        i.keys.push_back(std::move(*key));
    }
    if (node.where_clause != nullptr) {
        table_expression expressions(t, r);
        auto translated = expressions.translate(node.where_clause, clause::index_predicate,
                                                types::type_oid::bool_);
        if (!translated) return translated.error();
        auto text =
            expressions.print(node.where_clause, clause::index_predicate, types::type_oid::bool_);
        if (!text) return text.error();
        i.predicate_sql = std::move(*text);
    }
    if (i.name.empty()) {
        std::vector<std::string> names;
        for (const auto* element : elements) names.push_back(key_name(*element->index_elem));
        i.name = change.free_relation_name(r.namespace_id, r.name, joined_key_names(names), "idx");
    }
    i.id = change.new_oid();
    if (auto free = change.new_sqlite_index(r, i.name); !free) return free.error();
    if (auto checked = emit_unique_check(change, r, i); !checked) return checked.error();
    auto sql = create_index_sql(change, r, i);
    if (!sql) return sql.error();
    change.run(std::move(*sql));
    r.indexes.push_back(std::move(i));
    change.save(r);
    return change.finish("CREATE INDEX");
}

}  // namespace historyd::sql
