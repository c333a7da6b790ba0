#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

result<expr> translator::row_node(const PgQuery__RowExpr& node, scope& s, clause c) {
    auto fields = expressions(list_of(node.n_args, node.args), s, c);
    if (!fields) return fields.error();
    expr out;
    out.is_row = true;
    out.type = {.id = types::type_oid::record};
    out.location = node.location;
    for (const auto& field : *fields) absorb(out, field);
    out.fields = std::move(*fields);
    return out;
}

// (a, b) = (SELECT c, d ...): a query of one row, which is NULLs when it finds none.
result<expr> translator::compare_with_row_subquery(std::string_view name, expr row,
                                                   const PgQuery__SubLink& link, scope& s) {
    auto q = subquery(link, s);
    if (!q) return q.error();
    if (q->columns.size() != row.fields.size()) {
        return at(sql_error(sqlstate::syntax_error, q->columns.size() < row.fields.size()
                                                        ? "subquery has too few columns"
                                                        : "subquery has too many columns"),
                  link.location);
    }
    if (name != "=" && name != "<>" && name != "<" && name != "<=" && name != ">" && name != ">=") {
        return unsupported_at("row comparisons with this operator", link.location);
    }
    expr out;
    std::string lefts, rights;
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
        auto op =
            resolve_operator(name, row.fields[i].type.id, q->columns[i].type.id, link.location);
        if (!op) return op.error();
        auto a = coerce(row.fields[i], {.id = op->left}, coercion::implicit);
        if (!a) return a;
        expr column;
        column.sql = "pg_single(" + quote_name(q->sqlite_names[i]) + ")";
        column.type = {.id = q->columns[i].type.id};
        auto b = coerce(std::move(column), {.id = op->right}, coercion::implicit);
        if (!b) return b;
        absorb(out, *a);
        lefts += (i > 0 ? ", " : "") + a->sql + collate_clause(op->left, a->sql + b->sql);
        rights += (i > 0 ? ", " : "") + b->sql;
    }
    out.sql =
        "((" + lefts + ") " + std::string(name) + " (SELECT " + rights + " FROM (" + q->sql + ")))";
    out.type = {.id = types::type_oid::bool_};
    out.location = link.location;
    out.has_subquery = true;
    out.is_volatile |= q->is_volatile;
    out.columns.insert(out.columns.end(), q->outer_uses.begin(), q->outer_uses.end());
    return out;
}

// (a, b) = (c, d) field by field; (a, b) < (c, d) by the first fields that differ.
result<expr> translator::compare_rows(std::string_view name, expr left, expr right, int location) {
    if (!left.is_row || !right.is_row) return unsupported_at("values of type record", location);
    if (left.fields.size() != right.fields.size()) {
        return at(sql_error(sqlstate::syntax_error, "unequal number of entries in row expressions"),
                  location);
    }
    if (left.fields.empty()) {
        return at(sql_error(sqlstate::feature_not_supported, "cannot compare rows of zero length"),
                  location);
    }
    const bool equal = name == "=", different = name == "<>" || name == "!=";
    const bool ordered = name == "<" || name == "<=" || name == ">" || name == ">=";
    if (!equal && !different && !ordered) {
        return at(unsupported("could not determine interpretation of row comparison operator " +
                              std::string(name)),
                  location);
    }
    expr out;
    std::string lefts, rights, joined;
    for (std::size_t i = 0; i < left.fields.size(); ++i) {
        auto op = resolve_operator(name, left.fields[i].type.id, right.fields[i].type.id, location);
        if (!op) return op.error();
        if (ordered) {
            auto a = coerce(left.fields[i], {.id = op->left}, coercion::implicit);
            if (!a) return a;
            auto b = coerce(right.fields[i], {.id = op->right}, coercion::implicit);
            if (!b) return b;
            if (op->left != op->right) return unsupported_at("rows of different types", location);
            absorb(out, *a);
            absorb(out, *b);
            lefts += (i > 0 ? ", " : "") + a->sql + collate_clause(op->left, a->sql + b->sql);
            rights += (i > 0 ? ", " : "") + b->sql;
        } else {
            auto pair = apply_resolved(name, *op, left.fields[i], right.fields[i], location);
            if (!pair) return pair;
            absorb(out, *pair);
            joined += (i == 0 ? "" : equal ? " AND " : " OR ") + pair->sql;
        }
    }
    if (ordered && left.fields.size() > 1) {
        out.sql = "((" + lefts + ") " + std::string(name) + " (" + rights + "))";
    } else if (ordered) {
        out.sql = "(" + lefts + " " + std::string(name) + " " + rights + ")";
    } else {
        out.sql = "(" + joined + ")";
    }
    out.type = {.id = types::type_oid::bool_};
    out.location = location;
    return out;
}

}  // namespace historyd::sql
