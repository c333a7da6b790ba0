#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace {

const PgQuery__ColumnRef* star_of(const PgQuery__Node* value) {
    if (value == nullptr || value->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return nullptr;
    const auto& ref = *value->column_ref;
    const bool star = ref.fields[ref.n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
    return star ? &ref : nullptr;
}

std::string_view value_function_name(PgQuery__SQLValueFunctionOp op) {
    switch (op) {
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
            return "current_date";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
            return "current_time";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
            return "current_timestamp";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
            return "localtime";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
            return "localtimestamp";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE:
            return "current_role";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER:
            return "user";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER:
            return "session_user";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG:
            return "current_catalog";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA:
            return "current_schema";
        default:
            return "current_user";
    }
}

// A name, and whether it is the node's own; a weak one (a type's, CASE) gives way to an inner name.
struct proposed_name {
    std::string_view name;
    bool strong = true;
};

proposed_name name_of(const PgQuery__Node* node);

proposed_name name_of_subquery(const PgQuery__SubLink& link) {
    if (link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) return {"exists"};
    if (link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK) return {"array"};
    if (link.sub_link_type != PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK) return {};
    const auto* select = link.subselect->select_stmt;
    while (select->larg != nullptr) select = select->larg;
    if (select->n_values_lists > 0) return {"column1"};
    if (select->n_target_list == 0) return {};
    const auto& target = *select->target_list[0]->res_target;
    if (*target.name != '\0') return {target.name};
    const auto inner = name_of(target.val);
    return {inner.name.empty() ? "?column?" : inner.name};
}

proposed_name name_of(const PgQuery__Node* node) {
    if (node == nullptr) return {};
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_COLUMN_REF: {
            const auto& ref = *node->column_ref;
            return {string_of(ref.fields[ref.n_fields - 1])};
        }
        case PG_QUERY__NODE__NODE_A_INDIRECTION:
            return name_of(node->a_indirection->arg);
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return {string_of(node->func_call->funcname[node->func_call->n_funcname - 1])};
        case PG_QUERY__NODE__NODE_A_EXPR:
            if (node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF) return {"nullif"};
            return {};
        case PG_QUERY__NODE__NODE_TYPE_CAST: {
            const auto inner = name_of(node->type_cast->arg);
            if (!inner.name.empty() && inner.strong) return inner;
            const auto& type = *node->type_cast->type_name;
            return {string_of(type.names[type.n_names - 1]), false};
        }
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
            return name_of(node->collate_clause->arg);
        case PG_QUERY__NODE__NODE_SUB_LINK:
            return name_of_subquery(*node->sub_link);
        case PG_QUERY__NODE__NODE_CASE_EXPR: {
            const auto inner = name_of(node->case_expr->defresult);
            if (!inner.name.empty() && inner.strong) return inner;
            return {"case", false};
        }
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return {"array"};
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            return {"row"};
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            return {"coalesce"};
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            return {node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest"
                                                                                : "least"};
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            return {value_function_name(node->sqlvalue_function->op)};
        case PG_QUERY__NODE__NODE_GROUPING_FUNC:
            return {"grouping"};
        default:
            return {};
    }
}

}  // namespace

std::string translator::output_name(const PgQuery__Node* node) {
    const auto proposed = name_of(node);
    return proposed.name.empty() ? "?column?" : std::string(proposed.name);
}

result<std::vector<translator::target_source>> translator::target_sources(node_list items,
                                                                          scope& s) {
    std::vector<target_source> out;
    const auto add_all = [&](const range_entry& entry, int location) {
        for (std::size_t i = 0; i < entry.columns.size(); ++i) {
            out.push_back({.value = column_of(entry, i, location), .name = entry.columns[i].name});
        }
    };
    for (const auto* item : items) {
        const auto& target = *item->res_target;
        if (target.n_indirection > 0) return unsupported_at("fields of targets", target.location);
        const auto* star = star_of(target.val);
        if (star == nullptr) {
            out.push_back({.node = target.val,
                           .value = {},
                           .name = *target.name != '\0' ? std::string(target.name)
                                                        : output_name(target.val)});
            continue;
        }
        const auto fields = list_of(star->n_fields, star->fields);
        if (fields.size() > 1) {
            const auto space = fields.size() > 2 ? string_of(fields[fields.size() - 3]) : "";
            auto entry = find_range(s, space, string_of(fields[fields.size() - 2]), star->location);
            if (!entry) return entry.error();
            add_all(**entry, star->location);
            continue;
        }
        if (s.visible.empty()) {
            return at(
                sql_error(sqlstate::syntax_error, "SELECT * with no tables specified is not valid"),
                star->location);
        }
        for (const auto& shown : s.visible) {
            if (shown.by_column) add_all(*shown.entry, star->location);
        }
    }
    return out;
}

result<std::vector<target>> translator::target_list(node_list items, scope& s, clause c) {
    auto sources = target_sources(items, s);
    if (!sources) return sources.error();
    std::vector<target> out;
    for (auto& source : *sources) {
        auto value =
            source.value ? result<expr>(std::move(*source.value)) : expression(source.node, s, c);
        if (!value) return value.error();
        auto settled = settle_unknown(std::move(*value));
        if (!settled) return settled.error();
        if (settled->is_row) return unsupported_at("values of type record", settled->location);
        out.push_back(
            {.value = std::move(*settled), .name = std::move(source.name), .node = source.node});
    }
    return out;
}

}  // namespace historyd::sql
