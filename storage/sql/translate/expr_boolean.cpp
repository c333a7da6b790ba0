#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace {

// "(a AND b AND ...)": in halves, since SQLite's tree of a long chain would be as deep as it is
// long.
std::string join_balanced(std::span<const expr> operands, std::string_view op) {
    constexpr std::size_t flat_max = 64;
    if (operands.size() > flat_max) {
        const auto half = operands.size() / 2;
        return "(" + join_balanced(operands.first(half), op) + std::string(op) +
               join_balanced(operands.subspan(half), op) + ")";
    }
    std::string out = "(";
    for (const auto& operand : operands) {
        if (out.size() > 1) out += op;
        out += operand.sql;
    }
    return out + ")";
}

}  // namespace

result<expr> translator::boolean_node(const PgQuery__BoolExpr& node, scope& s, clause c) {
    const bool negates = node.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR;
    const bool conjunction = node.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    const std::string_view word = negates ? "NOT" : conjunction ? "AND" : "OR";
    expr out;
    std::vector<expr> operands;
    for (const auto* argument : list_of(node.n_args, node.args)) {
        auto e = condition(argument, s, c, word);
        if (!e) return e;
        absorb(out, *e);
        operands.push_back(std::move(*e));
    }
    out.type = {.id = types::type_oid::bool_};
    out.location = node.location;
    out.sql = negates ? "(NOT " + operands.front().sql + ")"
                      : join_balanced(operands, conjunction ? " AND " : " OR ");
    return out;
}

result<expr> translator::null_test_node(const PgQuery__NullTest& node, scope& s, clause c) {
    auto e = expression(node.arg, s, c);
    if (!e) return e;
    const bool is_null = node.nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
    const std::string_view test = is_null ? " IS NULL" : " IS NOT NULL";
    expr out;
    absorb(out, *e);
    out.type = {.id = types::type_oid::bool_};
    out.location = node.location;
    out.not_null = true;
    if (!e->is_row) {
        out.sql = "(" + e->sql + std::string(test) + ")";
        return out;
    }
    // A row is (not) null when all of its fields are (not).
    out.sql = "(1";
    for (const auto& field : e->fields) out.sql += " AND " + field.sql + std::string(test);
    out.sql += ")";
    return out;
}

result<expr> translator::boolean_test_node(const PgQuery__BooleanTest& node, scope& s, clause c) {
    struct form {
        std::string_view construct, sql;
    };
    const auto form_of = [](PgQuery__BoolTestType test) -> form {
        switch (test) {
            case PG_QUERY__BOOL_TEST_TYPE__IS_TRUE:
                return {"IS TRUE", " IS 1"};
            case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE:
                return {"IS NOT TRUE", " IS NOT 1"};
            case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE:
                return {"IS FALSE", " IS 0"};
            case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE:
                return {"IS NOT FALSE", " IS NOT 0"};
            case PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN:
                return {"IS UNKNOWN", " IS NULL"};
            default:
                return {"IS NOT UNKNOWN", " IS NOT NULL"};
        }
    };
    const auto form = form_of(node.booltesttype);
    auto e = condition(node.arg, s, c, form.construct);
    if (!e) return e;
    expr out;
    absorb(out, *e);
    out.sql = "(" + e->sql + std::string(form.sql) + ")";
    out.type = {.id = types::type_oid::bool_};
    out.location = node.location;
    out.not_null = true;
    return out;
}

}  // namespace historyd::sql
