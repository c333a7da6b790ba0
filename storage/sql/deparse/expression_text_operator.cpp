#include <algorithm>
#include <array>

#include "storage/sql/deparse/expression_text.hpp"

#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;
using types::oid;

bool is_float(oid id) { return id == type_oid::float4 || id == type_oid::float8; }
bool is_json(oid id) { return id == type_oid::json || id == type_oid::jsonb; }
bool is_moment(oid id) {
    return id == type_oid::date || id == type_oid::time || id == type_oid::timestamp ||
           id == type_oid::timestamptz || id == type_oid::timetz;
}

constexpr std::array text_operators{"~",   "~*",   "!~", "!~*", "~~", "~~*",
                                    "!~~", "!~~*", "->", "->>", "?"};

// The type an untyped literal becomes beside an operand of type `other`.
oid literal_type(std::string_view op, oid other) {
    if (other == type_oid::unknown || other == 0 || other == type_oid::varchar) {
        return type_oid::text;
    }
    if (std::ranges::find(text_operators, op) != text_operators.end()) return type_oid::text;
    if (op == "#>" || op == "#>>" || op == "?|" || op == "?&") return type_oid::text_array;
    if (op == "||" && !is_json(other) && !types::is_array(other)) return type_oid::text;
    if (is_moment(other) && (op == "+" || op == "-")) return type_oid::interval;
    return other;
}

// The type an operand is cast to so that the operator exists; its own where it needs no cast.
oid operand_type(std::string_view op, oid own, oid other) {
    if (own == type_oid::unknown) return literal_type(op, other);
    if (own == type_oid::varchar)
        return other == type_oid::bpchar ? type_oid::bpchar : type_oid::text;
    if (is_integer(own) && other == type_oid::numeric) return type_oid::numeric;
    if ((is_integer(own) || own == type_oid::numeric) && is_float(other)) return type_oid::float8;
    return own;
}

std::string operator_name(const PgQuery__AExpr& node) {
    return std::string(qualified_name_of(list_of(node.n_name, node.name)).name);
}

}  // namespace

result<std::string> expression_text::infix(const PgQuery__Node* left, std::string_view op,
                                           const PgQuery__Node* right) {
    const auto left_type = type_of_(left), right_type = type_of_(right);
    auto l = argument(left, operand_type(op, left_type, right_type));
    if (!l) return l;
    auto r = argument(right, operand_type(op, right_type, left_type));
    if (!r) return r;
    return "(" + *l + " " + std::string(op) + " " + *r + ")";
}

result<std::string> expression_text::between(const PgQuery__AExpr& node) {
    const auto& bounds = *node.rexpr->list;
    const bool negated = node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN;
    auto low = infix(node.lexpr, negated ? "<" : ">=", bounds.items[0]);
    if (!low) return low;
    auto high = infix(node.lexpr, negated ? ">" : "<=", bounds.items[1]);
    if (!high) return high;
    return "(" + *low + (negated ? " OR " : " AND ") + *high + ")";
}

// IN (...) is stored as = ANY (ARRAY[...]), NOT IN as <> ALL (ARRAY[...]).
result<std::string> expression_text::comparison_with_list(const PgQuery__AExpr& node,
                                                          std::string_view op) {
    const auto items = list_of(node.rexpr->list->n_items, node.rexpr->list->items);
    const std::string how = op == "=" ? " = ANY (" : std::string(" <> ALL (");
    const auto left_type = type_of_(node.lexpr);
    auto left = argument(node.lexpr, operand_type(op, left_type, left_type));
    if (!left) return left;
    if (items.size() == 1) return infix(node.lexpr, op, items.front());
    auto element = common_type(items, left_type);
    if (left_type == type_oid::numeric && is_integer(element)) element = type_oid::numeric;
    std::string elements;
    for (const auto* item : items) {
        auto one = argument(item, element);
        if (!one) return one;
        if (!elements.empty()) elements += ", ";
        elements += *one;
    }
    std::string array = "ARRAY[" + elements + "]";
    if (element == type_oid::varchar) array = "(" + array + ")::text[]";
    return "(" + *left + how + array + "))";
}

result<std::string> expression_text::rows(const PgQuery__AExpr& node, std::string_view op) {
    const auto& left = *node.lexpr->row_expr;
    const auto& right = *node.rexpr->row_expr;
    if (left.n_args != right.n_args || (op != "=" && op != "<>")) {
        return unsupported("this comparison of rows in a table's definition");
    }
    std::string out;
    for (std::size_t i = 0; i < left.n_args; ++i) {
        auto one = infix(left.args[i], op, right.args[i]);
        if (!one) return one;
        if (!out.empty()) out += op == "=" ? " AND " : " OR ";
        out += *one;
    }
    return "(" + out + ")";
}

result<std::string> expression_text::operation(const PgQuery__AExpr& node, oid wanted) {
    const auto op = operator_name(node);
    switch (node.kind) {
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
            if (node.lexpr == nullptr) {
                auto arg = print(node.rexpr, wanted);
                if (!arg) return arg;
                return "(" + op + " " + *arg + ")";
            }
            if (node.lexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR &&
                node.rexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
                return rows(node, op);
            }
            return infix(node.lexpr, op, node.rexpr);
        case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
        case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
            return infix(node.lexpr, op, node.rexpr);
        case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
            return infix(node.lexpr, "IS DISTINCT FROM", node.rexpr);
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT: {
            auto distinct = infix(node.lexpr, "IS DISTINCT FROM", node.rexpr);
            if (!distinct) return distinct;
            return "(NOT " + *distinct + ")";
        }
        case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF: {
            const auto left = type_of_(node.lexpr), right = type_of_(node.rexpr);
            auto l = argument(node.lexpr, operand_type("=", left, right));
            if (!l) return l;
            auto r = argument(node.rexpr, operand_type("=", right, left));
            if (!r) return r;
            return "NULLIF(" + *l + ", " + *r + ")";
        }
        case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
            return comparison_with_list(node, op);
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
            return between(node);
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL: {
            const auto left_type = type_of_(node.lexpr);
            const auto right_type = type_of_(node.rexpr);
            auto left = argument(node.lexpr, operand_type(op, left_type, left_type));
            if (!left) return left;
            const auto* element = types::find_type(operand_type(op, left_type, left_type));
            const auto array =
                right_type == type_oid::unknown && element != nullptr ? element->array : right_type;
            auto right = argument(node.rexpr, array);
            if (!right) return right;
            const bool any = node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY;
            return "(" + *left + " " + op + (any ? " ANY (" : " ALL (") + *right + "))";
        }
        default:
            return unsupported("this operator in a table's definition");
    }
}

}  // namespace historyd::sql
