#include <algorithm>

#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/grouping.hpp"
#include "storage/sql/translate/translator.hpp"

// One switch over the kinds of expression nodes; each kind has a file of its own.

namespace historyd::sql {

namespace {

// SQLite refuses expressions deeper than 1000 and its parser's stack holds about 100 open brackets;
// this is about our own stack, with room for what one level of ours writes.
constexpr int expression_depth_max = 400;

class depth_guard {
public:
    explicit depth_guard(int& depth) : depth_(depth) { ++depth_; }
    ~depth_guard() { --depth_; }
    depth_guard(const depth_guard&) = delete;
    depth_guard& operator=(const depth_guard&) = delete;

private:
    int& depth_;
};

}  // namespace

translator::translator(const raw_statement& statement, const translate_input& input)
    : statement_(statement), input_(input), io_(input.io.get()) {
    for (const oid given : input.parameter_types) {
        const bool open = given == 0 || given == types::type_oid::unknown;
        parameters_.push_back({.id = open ? oid{types::type_oid::unknown} : given});
    }
}

sql_error translator::at(sql_error error, int location) const {
    if (error.position == 0) error.position = statement_.position(location);
    return error;
}

sql_error translator::unsupported_at(std::string_view what, int location) const {
    return at(unsupported(std::string(what) + " are not supported"), location);
}

result<expr> translator::expression(const PgQuery__Node* node, scope& s, clause c) {
    const depth_guard guard(depth_);
    if (depth_ > expression_depth_max) {
        return sql_error(sqlstate::statement_too_complex, "stack depth limit exceeded")
            .with_hint("The expression nests too deeply; write it with fewer levels.");
    }
    auto e = dispatch(node, s, c);
    if (!e) return e;
    note_grouping_key(*e, s, c);
    return e;
}

// What is a grouping key may be used freely above it.
void translator::note_grouping_key(expr& e, const scope& s, clause c) {
    if (s.group_keys.empty() || s.inside_aggregate) return;
    const bool marks = s.has_grouping_sets && c != clause::where;
    if (e.columns.empty() && !marks) return;
    const auto key = std::ranges::find(s.group_keys, marks ? unmarked(e.sql) : e.sql);
    if (key == s.group_keys.end()) return;
    std::erase_if(e.columns, [&](const column_use& use) { return use.entry->home == &s; });
    if (!marks) return;
    e.sql = mark_key(static_cast<std::size_t>(key - s.group_keys.begin()), e.sql);
    e.not_null = false;
}

// GROUPING(...): which of the keys are not grouped by in this row.
result<expr> translator::grouping_node(const PgQuery__GroupingFunc& node, scope& s, clause c) {
    const auto arguments = list_of(node.n_args, node.args);
    if (arguments.size() > 31) {
        return at(sql_error("54023", "GROUPING must have fewer than 32 arguments"), node.location);
    }
    std::vector<std::size_t> keys;
    for (const auto* argument : arguments) {
        auto e = expression(argument, s, c);
        if (!e) return e;
        const auto key = std::ranges::find(s.group_keys, unmarked(e->sql));
        if (key == s.group_keys.end()) {
            return at(sql_error(sqlstate::grouping_error,
                                "arguments to GROUPING must be grouping expressions of the "
                                "associated query level"),
                      e->location);
        }
        keys.push_back(static_cast<std::size_t>(key - s.group_keys.begin()));
    }
    expr out;
    out.type = {.id = types::type_oid::int4};
    out.location = node.location;
    out.sql = s.has_grouping_sets ? mark_missing(keys) : "(0 + 0)";
    return out;
}

result<expr> translator::dispatch(const PgQuery__Node* node, scope& s, clause c) {
    if (node == nullptr) return unsupported_at("empty expressions", -1);
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_A_CONST:
            return constant_node(*node->a_const);
        case PG_QUERY__NODE__NODE_PARAM_REF:
            return parameter_node(*node->param_ref);
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            return column_node(*node->column_ref, s);
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return cast_node(*node->type_cast, s, c);
        case PG_QUERY__NODE__NODE_A_EXPR:
            return operator_node(*node->a_expr, s, c);
        case PG_QUERY__NODE__NODE_BOOL_EXPR:
            return boolean_node(*node->bool_expr, s, c);
        case PG_QUERY__NODE__NODE_NULL_TEST:
            return null_test_node(*node->null_test, s, c);
        case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
            return boolean_test_node(*node->boolean_test, s, c);
        case PG_QUERY__NODE__NODE_CASE_EXPR:
            return case_node(*node->case_expr, s, c);
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            return coalesce_node(*node->coalesce_expr, s, c);
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            return min_max_node(*node->min_max_expr, s, c);
        case PG_QUERY__NODE__NODE_SUB_LINK:
            return sublink_node(*node->sub_link, s, c);
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return function_node(*node->func_call, s, c);
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            return value_function_node(*node->sqlvalue_function);
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return array_node(*node->a_array_expr, s, c, 0);
        case PG_QUERY__NODE__NODE_A_INDIRECTION:
            return indirection_node(*node->a_indirection, s, c);
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
            return collate_node(*node->collate_clause, s, c);
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            return row_node(*node->row_expr, s, c);
        case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
            return at(sql_error(sqlstate::syntax_error, "DEFAULT is not allowed in this context"),
                      node->set_to_default->location);
        case PG_QUERY__NODE__NODE_GROUPING_FUNC:
            return grouping_node(*node->grouping_func, s, c);
        case PG_QUERY__NODE__NODE_XML_EXPR:
            return unsupported_at("XML expressions", node->xml_expr->location);
        case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR:
            return unsupported_at("WHERE CURRENT OF conditions", -1);
        default:
            return unsupported_at("expressions of this kind", -1);
    }
}

result<std::vector<expr>> translator::expressions(node_list nodes, scope& s, clause c) {
    std::vector<expr> out;
    out.reserve(nodes.size());
    for (const auto* node : nodes) {
        auto e = expression(node, s, c);
        if (!e) return e.error();
        out.push_back(std::move(*e));
    }
    return out;
}

result<expr> translator::condition(const PgQuery__Node* node, scope& s, clause c,
                                   std::string_view construct) {
    auto e = expression(node, s, c);
    if (!e) return e;
    return as_boolean(std::move(*e), construct);
}

result<expr> translator::as_boolean(expr e, std::string_view construct) {
    const oid from = e.is_row ? oid{types::type_oid::record} : e.type.id;
    if (e.is_row || !can_coerce(from, types::type_oid::bool_, coercion::assignment)) {
        return at(sql_error(sqlstate::datatype_mismatch, "argument of " + std::string(construct) +
                                                             " must be type boolean, not type " +
                                                             type_display(from)),
                  e.location);
    }
    return coerce(std::move(e), {.id = types::type_oid::bool_}, coercion::assignment);
}

result<std::vector<type_ref>> translator::parameters() const {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (parameters_[i].id == types::type_oid::unknown) {
            return sql_error(
                sqlstate::indeterminate_datatype,
                "could not determine data type of parameter $" + std::to_string(i + 1));
        }
    }
    return parameters_;
}

}  // namespace historyd::sql
