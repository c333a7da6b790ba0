#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

expr subquery_expr(const query& q, oid type, int location) {
    expr out;
    out.type = {.id = type};
    out.location = location;
    out.columns = q.outer_uses;
    out.has_subquery = true;
    out.is_volatile = q.is_volatile;
    return out;
}

bool may_hold_subquery(clause c) {
    switch (c) {
        case clause::check:
        case clause::column_default:
        case clause::generated:
        case clause::index_expression:
        case clause::index_predicate:
        case clause::execute_parameter:
            return false;
        default:
            return true;
    }
}

std::string clause_for_subquery(clause c) {
    switch (c) {
        case clause::check:
            return "check constraint";
        case clause::column_default:
            return "DEFAULT expression";
        case clause::generated:
            return "column generation expression";
        case clause::index_expression:
            return "index expression";
        case clause::index_predicate:
            return "index predicate";
        default:
            return "EXECUTE parameter";
    }
}

}  // namespace

result<expr> translator::sublink_node(const PgQuery__SubLink& node, scope& s, clause c) {
    if (!may_hold_subquery(c)) {
        const auto where = clause_for_subquery(c);
        return at(sql_error(sqlstate::feature_not_supported, "cannot use subquery in " + where),
                  node.location);
    }
    const bool tested = node.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK ||
                        node.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK;
    std::optional<expr> test;
    if (tested) {
        auto e = expression(node.testexpr, s, c);
        if (!e) return e;
        test = std::move(*e);
    }
    auto q = subquery(node, s);
    if (!q) return q.error();
    switch (node.sub_link_type) {
        case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK: {
            auto out = subquery_expr(*q, t::bool_, node.location);
            out.sql = "(EXISTS (" + q->sql + "))";
            out.not_null = true;
            return out;
        }
        case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
            return scalar_subquery(*q, node.location);
        case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
            return array_subquery(*q, node.location);
        case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
        case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK:
            return compared_subquery(node, std::move(*test), *q);
        default:
            return unsupported_at("subqueries of this kind", node.location);
    }
}

result<query> translator::subquery(const PgQuery__SubLink& node, scope& s) {
    const auto* as_before = std::exchange(as_before_, nullptr);  // the inner ones go with it
    auto read_before = std::exchange(reads, {});
    auto q = select(node.subselect, &s, {.wanted = {}, .name_columns = true, .with = s.with});
    as_before_ = as_before;
    const bool is_changed = as_before != nullptr && overlap(reads, as_before->changed_);
    reads.merge(read_before);
    if (!q || !is_changed) return q;
    if (!q->outer_uses.empty()) {
        return at(unsupported("a subquery here that reads what the statement changes, row by row, "
                              "is not supported",
                              "Select it in a statement of its own."),
                  node.location);
    }
    if (as_before->has_with_) {
        wants_parts = true;
        return unsupported_at("WITH items in this subquery", node.location);
    }
    auto ahead = std::make_shared<plan>();
    ahead->sql =
        std::exchange(q->sql, kept_rows_sql(kept_count, q->columns.size(), q->sqlite_names));
    parts_ahead.push_back({std::move(ahead), kept_count++});
    q->is_volatile = false;
    return q;
}

result<expr> translator::scalar_subquery(const query& q, int location) {
    if (q.columns.size() != 1) {
        return at(sql_error(sqlstate::syntax_error, "subquery must return only one column"),
                  location);
    }
    auto out = subquery_expr(q, q.columns[0].type.id, location);
    out.type = q.columns[0].type;
    // SQLite would take the first of several rows; PostgreSQL refuses them.
    out.sql = q.one_row_at_most ? "(" + q.sql + ")"
                                : "(SELECT pg_single(" + quote_name(q.sqlite_names[0]) +
                                      ") FROM (" + q.sql + "))";
    return out;
}

result<expr> translator::array_subquery(const query& q, int location) {
    if (q.columns.size() != 1) {
        return at(sql_error(sqlstate::syntax_error, "subquery must return only one column"),
                  location);
    }
    const oid element = q.columns[0].type.id;
    const bool nested = element_of(element) != 0;
    const oid type = nested ? element : array_of(element);
    if (type == 0) {
        return at(sql_error(sqlstate::undefined_object,
                            "could not find array type for data type " + type_display(element)),
                  location);
    }
    expr item;
    item.sql = quote_name(q.sqlite_names[0]);
    item.type = {.id = element};
    auto call = resolve_call("array_agg", {std::move(item)}, location);
    if (!call) return call.error();
    auto out = subquery_expr(q, type, location);
    out.sql = "(SELECT coalesce(" + call_sql(*call) + ", '{}') FROM (" + q.sql + "))";
    out.not_null = true;
    return out;
}

// x op ANY (subquery), x op ALL (subquery), x IN (subquery), also with rows on the left.
result<expr> translator::compared_subquery(const PgQuery__SubLink& node, expr test,
                                           const query& q) {
    const bool any = node.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
    const auto given = qualified_name_of(list_of(node.n_oper_name, node.oper_name)).name;
    const std::string_view name = given.empty() ? "=" : given;  // IN has no operator
    std::vector<expr> tests;
    if (test.is_row) {
        tests = test.fields;
    } else {
        tests.push_back(test);
    }
    if (q.columns.size() != tests.size()) {
        return at(sql_error(sqlstate::syntax_error, q.columns.size() < tests.size()
                                                        ? "subquery has too few columns"
                                                        : "subquery has too many columns"),
                  node.location);
    }
    auto out = subquery_expr(q, t::bool_, node.location);
    absorb(out, test);
    std::string left, columns;
    bool infix = true, converted = false;
    std::vector<resolved_operator> ops;
    for (std::size_t i = 0; i < tests.size(); ++i) {
        const oid column = q.columns[i].type.id;
        auto op = resolve_operator(name, tests[i].type.id, column, node.location);
        if (!op) return op.error();
        infix = infix && name == "=" && op->is_infix();
        auto a = coerce(tests[i], {.id = op->left}, coercion::implicit);
        if (!a) return a;
        expr item;
        item.sql = quote_name(q.sqlite_names[i]);
        item.type = {.id = column};
        const auto plain = item.sql;
        auto b = coerce(std::move(item), {.id = op->right}, coercion::implicit);
        if (!b) return b;
        converted = converted || b->sql != plain;
        left += (i > 0 ? ", " : "") + a->sql + collate_clause(op->left, a->sql);
        columns += (i > 0 ? ", " : "") + b->sql;
        tests[i] = std::move(*a);
        ops.push_back(*op);
    }
    if (any && infix) {
        const auto rows = converted ? "SELECT " + columns + " FROM (" + q.sql + ")" : q.sql;
        out.sql = "(" + (tests.size() > 1 ? "(" + left + ")" : left) + " IN (" + rows + "))";
        return out;
    }
    if (tests.size() > 1) return unsupported_at("rows compared with a subquery", node.location);
    if (test.has_aggregate || test.has_window) {
        return unsupported_at("aggregates compared with a subquery", node.location);
    }
    const auto alias = quote_name(unique_alias("element"));
    expr item;
    item.sql = alias + "." + quote_name(q.sqlite_names[0]);
    item.type = {.id = q.columns[0].type.id};
    auto compared = apply_resolved(name, ops[0], tests[0], std::move(item), node.location);
    if (!compared) return compared;
    const std::string decided = any ? "WHEN max(" + compared->sql + ") THEN 1 "
                                    : "WHEN NOT min(" + compared->sql + ") THEN 0 ";
    out.sql = "(SELECT CASE " + decided + "WHEN count(*) > count(" + compared->sql +
              ") THEN NULL ELSE " + (any ? "0" : "1") + " END FROM (" + q.sql + ") AS " + alias +
              ")";
    return out;
}

}  // namespace historyd::sql
