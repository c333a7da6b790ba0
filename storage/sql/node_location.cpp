#include "storage/sql/node_location.hpp"

namespace historyd::sql {

namespace {

int leftmost(int a, int b) {
    if (a < 0) return b;
    if (b < 0) return a;
    return a < b ? a : b;
}

int first_of(node_list nodes) { return nodes.empty() ? -1 : node_location(nodes.front()); }

}  // namespace

int node_location(const PgQuery__Node* node) {
    if (node == nullptr) return -1;
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_A_CONST:
            return node->a_const->location;
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            return node->column_ref->location;
        case PG_QUERY__NODE__NODE_PARAM_REF:
            return node->param_ref->location;
        case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
            return node->set_to_default->location;
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return leftmost(
                node_location(node->type_cast->arg),
                leftmost(node->type_cast->type_name->location, node->type_cast->location));
        case PG_QUERY__NODE__NODE_A_EXPR:
            return leftmost(node_location(node->a_expr->lexpr), node->a_expr->location);
        case PG_QUERY__NODE__NODE_BOOL_EXPR:
            return leftmost(node->bool_expr->location,
                            first_of(list_of(node->bool_expr->n_args, node->bool_expr->args)));
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return node->func_call->location;
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            return node->sqlvalue_function->location;
        case PG_QUERY__NODE__NODE_CASE_EXPR:
            return node->case_expr->location;
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            return node->coalesce_expr->location;
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            return node->min_max_expr->location;
        case PG_QUERY__NODE__NODE_SUB_LINK:
            return node->sub_link->location;
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return node->a_array_expr->location;
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            return node->row_expr->location;
        case PG_QUERY__NODE__NODE_NULL_TEST:
            return node_location(node->null_test->arg);
        case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
            return node_location(node->boolean_test->arg);
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
            return node_location(node->collate_clause->arg);
        case PG_QUERY__NODE__NODE_A_INDIRECTION:
            return node_location(node->a_indirection->arg);
        default:
            return -1;
    }
}

int list_location(const PgQuery__Node* select, std::size_t index) {
    if (select == nullptr || select->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return -1;
    const auto* s = select->select_stmt;
    while (s->larg != nullptr) s = s->larg;
    if (index >= s->n_target_list) return -1;
    return node_location(s->target_list[index]->res_target->val);
}

}  // namespace historyd::sql
