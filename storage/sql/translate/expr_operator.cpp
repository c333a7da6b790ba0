#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

node_list items_of(const PgQuery__Node* node) {
    return list_of(node->list->n_items, node->list->items);
}

// AND, OR and NOT of translated conditions.
expr join(expr a, std::string_view op, expr b) {
    expr out;
    out.sql = "(" + a.sql + " " + std::string(op) + " " + b.sql + ")";
    out.type = {.id = t::bool_};
    out.location = a.location;
    absorb(out, a);
    absorb(out, b);
    return out;
}
expr negate(expr e) {
    e.sql = "(NOT " + e.sql + ")";
    e.constant.reset();
    return e;
}

}  // namespace

result<expr> translator::operator_node(const PgQuery__AExpr& node, scope& s, clause c) {
    const auto name = qualified_name_of(list_of(node.n_name, node.name));
    if (!name.schema.empty() && name.schema != "pg_catalog") {
        return at(sql_error(sqlstate::undefined_function,
                            "operator does not exist: " + std::string(name.schema) + "." +
                                std::string(name.name)),
                  node.location);
    }
    switch (node.kind) {
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
        case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
        case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
        case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
            return plain_operator(node, name.name, s, c);
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
            return array_comparison(node, name.name, s, c);
        case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
            return distinct_from(node, true, s, c);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
            return distinct_from(node, false, s, c);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
            return null_if(node, s, c);
        case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
            return in_list(node, name.name == "<>", s, c);
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
            return between(node, s, c);
        default:
            return unsupported_at("operators of this kind", node.location);
    }
}

result<expr> translator::plain_operator(const PgQuery__AExpr& node, std::string_view name, scope& s,
                                        clause c) {
    const bool row_with_subquery = node.rexpr->node_case == PG_QUERY__NODE__NODE_SUB_LINK &&
                                   node.lexpr != nullptr &&
                                   node.lexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR;
    if (row_with_subquery &&
        node.rexpr->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK) {
        auto row = expression(node.lexpr, s, c);
        if (!row) return row;
        return compare_with_row_subquery(name, std::move(*row), *node.rexpr->sub_link, s);
    }
    std::optional<expr> left;
    if (node.lexpr != nullptr) {
        auto e = expression(node.lexpr, s, c);
        if (!e) return e;
        left = std::move(*e);
    }
    auto right = expression(node.rexpr, s, c);
    if (!right) return right;
    return apply_operator(name, std::move(left), std::move(*right), node.location);
}

result<expr> translator::distinct_from(const PgQuery__AExpr& node, bool distinct, scope& s,
                                       clause c) {
    auto left = expression(node.lexpr, s, c);
    if (!left) return left;
    auto right = expression(node.rexpr, s, c);
    if (!right) return right;
    return distinct_values(std::move(*left), std::move(*right), distinct, node.location);
}

result<expr> translator::distinct_values(expr left, expr right, bool distinct, int location) {
    expr out;
    out.type = {.id = t::bool_};
    out.location = location;
    out.not_null = true;
    if (left.is_row || right.is_row) {
        if (left.fields.size() != right.fields.size() || left.fields.empty()) {
            return at(
                sql_error(sqlstate::syntax_error, "unequal number of entries in row expressions"),
                location);
        }
        for (std::size_t i = 0; i < left.fields.size(); ++i) {
            auto field = distinct_values(left.fields[i], right.fields[i], distinct, location);
            if (!field) return field;
            absorb(out, *field);
            out.sql += (i == 0 ? "(" : distinct ? " OR " : " AND ") + field->sql;
        }
        out.sql += ")";
        return out;
    }
    auto op = resolve_operator("=", left.type.id, right.type.id, location);
    if (!op) return op.error();
    auto a = coerce(std::move(left), {.id = op->left}, coercion::implicit);
    if (!a) return a;
    auto b = coerce(std::move(right), {.id = op->right}, coercion::implicit);
    if (!b) return b;
    absorb(out, *a);
    absorb(out, *b);
    if (op->is_infix()) {
        out.sql = comparison_sql(a->sql, distinct ? "IS NOT" : "IS", b->sql, op->left);
        return out;
    }
    const std::string either_null = "(" + a->sql + " IS NULL OR " + b->sql + " IS NULL)";
    const std::string both_null = "(" + a->sql + " IS NULL AND " + b->sql + " IS NULL)";
    auto equal = apply_resolved("=", *op, std::move(*a), std::move(*b), location);
    if (!equal) return equal;
    out.sql = "CASE WHEN " + either_null + " THEN " + both_null + " ELSE " + equal->sql + " END";
    if (distinct) out.sql = "(NOT " + out.sql + ")";
    return out;
}

result<expr> translator::null_if(const PgQuery__AExpr& node, scope& s, clause c) {
    auto left = expression(node.lexpr, s, c);
    if (!left) return left;
    auto right = expression(node.rexpr, s, c);
    if (!right) return right;
    if (left->is_row || right->is_row) return unsupported_at("NULLIF of rows", node.location);
    auto op = resolve_operator("=", left->type.id, right->type.id, node.location);
    if (!op) return op.error();
    auto a = coerce(std::move(*left), {.id = op->left}, coercion::implicit);
    if (!a) return a;
    const auto first = *a;
    auto equal = apply_resolved("=", *op, std::move(*a), std::move(*right), node.location);
    if (!equal) return equal;
    expr out;
    out.sql = "CASE WHEN " + equal->sql + " THEN NULL ELSE " + first.sql + " END";
    out.type = first.type;
    out.location = node.location;
    absorb(out, *equal);
    return out;
}

result<expr> translator::between(const PgQuery__AExpr& node, scope& s, clause c) {
    const auto bounds = items_of(node.rexpr);
    auto subject = expression(node.lexpr, s, c);
    if (!subject) return subject;
    auto low = expression(bounds[0], s, c);
    if (!low) return low;
    auto high = expression(bounds[1], s, c);
    if (!high) return high;
    const bool symmetric = node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
                           node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    const bool negated = node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                         node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    if (subject->is_volatile) return unsupported_at("volatile BETWEEN operands", node.location);
    // The first comparison may have decided what a parameter is.
    const auto decided = [&](expr e) {
        if (e.parameter != 0) e.type = parameters_[static_cast<std::size_t>(e.parameter) - 1];
        return e;
    };
    const auto within = [&](const expr& from, const expr& to) -> result<expr> {
        auto above = compare(">=", decided(*subject), decided(from), node.location);
        if (!above) return above;
        auto below = compare("<=", decided(*subject), decided(to), node.location);
        if (!below) return below;
        return join(std::move(*above), "AND", std::move(*below));
    };
    auto out = within(*low, *high);
    if (!out) return out;
    if (symmetric) {
        auto other = within(*high, *low);
        if (!other) return other;
        out = join(std::move(*out), "OR", std::move(*other));
    }
    return negated ? negate(std::move(*out)) : std::move(*out);
}

result<expr> translator::in_list(const PgQuery__AExpr& node, bool negated, scope& s, clause c) {
    auto subject = expression(node.lexpr, s, c);
    if (!subject) return subject;
    auto items = expressions(items_of(node.rexpr), s, c);
    if (!items) return items.error();
    return among(std::move(*subject), std::move(*items), negated, node.location);
}

result<expr> translator::among(expr subject, std::vector<expr> items, bool negated, int location) {
    if (auto shared = in_shared_type(subject, items, location)) {
        return negated ? negate(std::move(*shared)) : std::move(*shared);
    }
    if (subject.is_volatile) return unsupported_at("volatile IN operands", location);
    std::optional<expr> out;
    for (auto& item : items) {
        auto equal = compare("=", subject, std::move(item), location);
        if (!equal) return equal;
        out = out ? join(std::move(*out), "OR", std::move(*equal)) : std::move(*equal);
    }
    return negated ? negate(std::move(*out)) : std::move(*out);
}

// x IN (a, b, ...) where all have one type that compares by SQLite's equality, so that an index on
// x serves. Returns: nullopt when that is not so; errors surface when the items are compared
// singly.
std::optional<expr> translator::in_shared_type(const expr& subject, const std::vector<expr>& items,
                                               int location) {
    std::vector<const expr*> branches{&subject};
    for (const auto& item : items) branches.push_back(&item);
    for (const auto* branch : branches) {
        if (branch->is_row) return std::nullopt;
    }
    const auto common = common_type(branches, "IN");
    if (!common) return std::nullopt;
    const auto op = resolve_operator("=", subject.type.id, *common, location);
    if (!op || !op->is_infix()) return std::nullopt;
    auto left = coerce(subject, {.id = op->left}, coercion::implicit);
    if (!left) return std::nullopt;
    expr out;
    absorb(out, *left);
    out.sql = "(" + left->sql + collate_clause(op->left, left->sql) + " IN (";
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!can_coerce(items[i].type.id, op->right, coercion::implicit)) return std::nullopt;
        auto item = coerce(items[i], {.id = op->right}, coercion::implicit);
        if (!item) return std::nullopt;
        absorb(out, *item);
        out.sql += (i > 0 ? ", " : "") + item->sql;
    }
    out.sql += "))";
    out.type = {.id = t::bool_};
    out.location = location;
    return out;
}

}  // namespace historyd::sql
