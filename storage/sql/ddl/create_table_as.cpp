#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/temporary.hpp"

namespace historyd::sql {

namespace {

definition create_from_query(translator& t, const PgQuery__IntoClause& into,
                             const PgQuery__Node* source, bool if_not_exists) {
    schema_change change(t);
    if (auto known = check_storage_options(t, list_of(into.n_options, into.options)); !known) {
        return known.error();
    }
    auto q = t.select(source, nullptr, {});
    if (!q) return q.error();
    if (auto parameters = t.parameters(); !parameters) {
        return parameters.error();
    } else if (!parameters->empty()) {
        return unsupported("parameters in CREATE TABLE AS", "Write the values into the query.");
    }
    auto space = target_namespace(change, *into.rel);
    if (!space) return space.error();
    auto skip = skip_existing(change, **space, into.rel->relname, if_not_exists);
    if (!skip) return skip.error();
    if (*skip) return change.finish("CREATE TABLE AS");

    schema::relation r;
    r.id = change.new_oid();
    r.namespace_id = (*space)->id;
    r.name = into.rel->relname;
    if (auto made = columns_of_query(*q, list_of(into.n_col_names, into.col_names),
                                     "too many column names were specified", r);
        !made) {
        return made.error();
    }
    r.sqlite_name = change.new_sqlite_name(r.namespace_id, r.name);
    if (auto emitted = emit_new_table(change, r); !emitted) return emitted.error();
    auto action = on_commit(change.schema(), into.on_commit, r);
    if (!action) return action.error();
    const bool fills = !into.skip_data && !r.columns.empty();
    auto out = change.finish(fills ? "SELECT" : "CREATE TABLE AS");
    out->on_commit = *action;
    if (!fills) return out;
    std::string names;
    for (const auto& c : r.columns) {
        if (!names.empty()) names += ", ";
        names += quote_name(c.name);
    }
    // The last step is the one whose rows the tag counts.
    out->tag_has_count = true;
    out->steps.push_back(
        {"INSERT INTO " + quote_name(r.sqlite_name) + " (" + names + ") " + q->sql, {}});
    return out;
}

}  // namespace

definition create_table_as(translator& t, const PgQuery__CreateTableAsStmt& node) {
    if (node.objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) {
        return unsupported("materialized views", "Use a view, or CREATE TABLE AS.");
    }
    if (node.query->node_case == PG_QUERY__NODE__NODE_EXECUTE_STMT) {
        return unsupported("CREATE TABLE AS EXECUTE");
    }
    return create_from_query(t, *node.into, node.query, node.if_not_exists != 0);
}

definition select_into(translator& t, const PgQuery__Node& select) {
    // The same query without its INTO; everything else is shared with the tree.
    PgQuery__SelectStmt body = *select.select_stmt;
    body.into_clause = nullptr;
    PgQuery__Node node = select;
    node.select_stmt = &body;
    return create_from_query(t, *select.select_stmt->into_clause, &node, false);
}

}  // namespace historyd::sql
