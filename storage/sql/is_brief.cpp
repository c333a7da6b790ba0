#include "storage/sql/is_brief.hpp"

#include <algorithm>

#include "storage/sql/nodes.hpp"

namespace historyd::sql {

bool is_brief_expression(const PgQuery__Node* node) {
    if (node == nullptr) return true;
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_A_CONST:
        case PG_QUERY__NODE__NODE_PARAM_REF:
            return true;
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return is_brief_expression(node->type_cast->arg);
        case PG_QUERY__NODE__NODE_A_EXPR: {
            const auto& e = *node->a_expr;
            const auto op = qualified_name_of(list_of(e.n_name, e.name));
            return e.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP && op.name == "||" &&
                   is_brief_expression(e.lexpr) && is_brief_expression(e.rexpr);
        }
        default:
            return false;
    }
}

namespace {

bool is_column(const PgQuery__Node* node) {
    return node != nullptr && node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
}

bool compares_by_key(const PgQuery__Node* node) {
    if (node == nullptr) return false;
    if (node->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR) {
        const auto& e = *node->bool_expr;
        return e.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR &&
               std::ranges::all_of(list_of(e.n_args, e.args), compares_by_key);
    }
    if (node->node_case != PG_QUERY__NODE__NODE_A_EXPR) return false;
    const auto& e = *node->a_expr;
    const auto op = qualified_name_of(list_of(e.n_name, e.name));
    return e.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP && op.schema.empty() && op.name == "=" &&
           is_column(e.lexpr) && is_brief_expression(e.rexpr);
}

bool is_plain_target(const PgQuery__Node* node) {
    if (node->node_case != PG_QUERY__NODE__NODE_RES_TARGET) return false;
    const auto* value = node->res_target->val;
    return is_column(value) || is_brief_expression(value);
}

bool is_plain_order(const PgQuery__Node* node) {
    return node->node_case == PG_QUERY__NODE__NODE_SORT_BY && is_column(node->sort_by->node);
}

}  // namespace

bool is_brief(const PgQuery__Node& statement, const schema::schema& schema,
              std::span<const types::oid> reads) {
    if (statement.node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return false;
    const auto& s = *statement.select_stmt;
    if (s.op != PG_QUERY__SET_OPERATION__SETOP_NONE || s.with_clause != nullptr ||
        s.having_clause != nullptr ||
        s.n_distinct_clause + s.n_group_clause + s.n_window_clause + s.n_values_lists +
                s.n_locking_clause !=
            0) {
        return false;
    }
    if (!std::ranges::all_of(list_of(s.n_target_list, s.target_list), is_plain_target) ||
        !std::ranges::all_of(list_of(s.n_sort_clause, s.sort_clause), is_plain_order) ||
        !is_brief_expression(s.limit_count) || !is_brief_expression(s.limit_offset)) {
        return false;
    }
    if (s.n_from_clause == 0) return s.where_clause == nullptr;
    if (s.n_from_clause != 1 || s.from_clause[0]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) {
        return false;
    }
    // Not a view, whatever is in it, and not a table of the catalog.
    const auto* table = reads.size() == 1 ? schema.find_relation(reads[0]) : nullptr;
    return table != nullptr && table->kind == schema::relation_kind::table &&
           table->name == s.from_clause[0]->range_var->relname && compares_by_key(s.where_clause);
}

}  // namespace historyd::sql
