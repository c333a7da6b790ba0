#include <algorithm>
#include <array>

#include "storage/sql/literals.hpp"
#include "storage/sql/nodes.hpp"

namespace historyd::sql {

namespace {

class finder {
public:
    std::vector<std::size_t> found;

    void statement(const PgQuery__Node& node) {
        switch (node.node_case) {
            case PG_QUERY__NODE__NODE_INSERT_STMT:
                return insert(*node.insert_stmt);
            case PG_QUERY__NODE__NODE_UPDATE_STMT:
                for (const auto* target :
                     list_of(node.update_stmt->n_target_list, node.update_stmt->target_list)) {
                    if (target->node_case == PG_QUERY__NODE__NODE_RES_TARGET) {
                        constant(target->res_target->val);
                    }
                }
                return condition(node.update_stmt->where_clause);
            case PG_QUERY__NODE__NODE_DELETE_STMT:
                return condition(node.delete_stmt->where_clause);
            case PG_QUERY__NODE__NODE_SELECT_STMT:
                return condition(node.select_stmt->where_clause);
            default:
                return;
        }
    }

private:
    void insert(const PgQuery__InsertStmt& insert) {
        const auto* source = insert.select_stmt;
        if (source == nullptr || source->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return;
        const auto& select = *source->select_stmt;
        for (const auto* row : list_of(select.n_values_lists, select.values_lists)) {
            if (row->node_case != PG_QUERY__NODE__NODE_LIST) continue;
            for (const auto* item : list_of(row->list->n_items, row->list->items)) constant(item);
        }
    }

    // A constant, or a text that is cast: of a number under a cast the number's own type counts
    // too.
    void constant(const PgQuery__Node* node) {
        if (node == nullptr) return;
        const bool cast = node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST;
        const auto* inner = cast ? node->type_cast->arg : node;
        if (inner == nullptr || inner->node_case != PG_QUERY__NODE__NODE_A_CONST) return;
        const auto& c = *inner->a_const;
        const bool text = c.val_case == PG_QUERY__A__CONST__VAL_SVAL;
        const bool number = c.val_case == PG_QUERY__A__CONST__VAL_IVAL && !cast;
        if ((text || number) && !c.isnull && c.location >= 0) {
            found.push_back(static_cast<std::size_t>(c.location));
        }
    }

    void condition(const PgQuery__Node* node) {
        if (node == nullptr) return;
        if (node->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR) {
            for (const auto* part : list_of(node->bool_expr->n_args, node->bool_expr->args)) {
                condition(part);
            }
        } else if (node->node_case == PG_QUERY__NODE__NODE_A_EXPR) {
            comparison(*node->a_expr);
        }
    }

    void comparison(const PgQuery__AExpr& e) {
        static constexpr std::array<std::string_view, 6> operators{"=", "<>", "<", ">", "<=", ">="};
        if (e.kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || e.n_name != 1 ||
            std::ranges::find(operators, string_of(e.name[0])) == operators.end()) {
            return;
        }
        const auto is_column = [](const PgQuery__Node* n) {
            return n != nullptr && n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
        };
        if (is_column(e.lexpr)) constant(e.rexpr);
        if (is_column(e.rexpr)) constant(e.lexpr);
    }
};

}  // namespace

std::vector<std::size_t> parameter_places(const raw_statement& statement) {
    finder f;
    if (statement.node != nullptr) f.statement(*statement.node);
    std::ranges::sort(f.found);
    return std::move(f.found);
}

}  // namespace historyd::sql
