#include <algorithm>

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace {

std::string materialized(PgQuery__CTEMaterialize how, bool is_volatile) {
    if (how == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways) return "MATERIALIZED ";
    // A volatile item is computed once, however often it is named.
    if (is_volatile) return "MATERIALIZED ";
    if (how == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever) return "NOT MATERIALIZED ";
    return {};
}

void set_columns(with_item& item, const query& q, const PgQuery__CommonTableExpr& node,
                 bool recursive) {
    const auto names = list_of(node.n_aliascolnames, node.aliascolnames);
    for (std::size_t i = 0; i < q.columns.size(); ++i) {
        const auto& column = q.columns[i];
        item.columns.push_back(
            {.name = i < names.size() ? std::string(string_of(names[i])) : column.name,
             .sql = quote_name(q.sqlite_names[i]),
             .type = column.type,
             .table = recursive ? 0 : column.table,
             .attnum = recursive ? std::int16_t{0} : column.attnum,
             .not_null = !recursive && q.not_null[i]});
    }
}

std::string column_list(const query& q) {
    std::string out;
    for (const auto& name : q.sqlite_names) out += (out.empty() ? "(" : ", ") + quote_name(name);
    return out + ")";
}

}  // namespace

result<std::string> translator::with_clause(const PgQuery__WithClause* with, with_frame& frame,
                                            const scope* outer) {
    std::string out;
    if (with == nullptr) return out;
    for (const auto* node : list_of(with->n_ctes, with->ctes)) {
        const auto& item = *node->common_table_expr;
        const bool twice = std::ranges::any_of(
            frame.items, [&](const with_item& other) { return other.name == item.ctename; });
        if (twice) {
            return at(sql_error(sqlstate::duplicate_alias, "WITH query name \"" +
                                                               std::string(item.ctename) +
                                                               "\" specified more than once"),
                      item.location);
        }
        if (auto done = add_with_item(item, with->recursive != 0, frame, outer, out); !done) {
            return done.error();
        }
    }
    return std::string(with->recursive ? "WITH RECURSIVE " : "WITH ") + out + " ";
}

result<void> translator::add_with_item(const PgQuery__CommonTableExpr& node, bool recursive,
                                       with_frame& frame, const scope* outer, std::string& out) {
    if (node.search_clause != nullptr || node.cycle_clause != nullptr) {
        return unsupported_at("SEARCH and CYCLE clauses", node.location);
    }
    if (node.ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
        return unsupported_at("data-modifying statements in WITH", node.location);
    }
    const auto& select_node = *node.ctequery->select_stmt;
    const bool may_recurse = recursive && select_node.op == PG_QUERY__SET_OPERATION__SETOP_UNION &&
                             select_node.n_sort_clause == 0 && select_node.limit_count == nullptr &&
                             select_node.limit_offset == nullptr &&
                             select_node.with_clause == nullptr;
    auto& item = frame.items.emplace_back();
    item.name = node.ctename;
    // The table of the same name stays reachable from inside the item.
    item.sqlite_name = unique_table(std::string(node.ctename) + "#");
    item.pending = true;

    std::string text;
    bool is_volatile = false;
    select_options options{.wanted = {}, .name_columns = true, .with = &frame};
    auto first = may_recurse ? select(*select_node.larg, outer, options)
                             : select(select_node, outer, options);
    if (!first) return first.error();
    if (node.n_aliascolnames > first->columns.size()) {
        return at(sql_error(sqlstate::invalid_column_reference,
                            "WITH query \"" + item.name + "\" has " +
                                std::to_string(first->columns.size()) + " columns available but " +
                                std::to_string(node.n_aliascolnames) + " columns specified"),
                  node.location);
    }
    set_columns(item, *first, node, may_recurse);
    item.pending = false;
    text = first->sql;
    is_volatile = first->is_volatile;
    if (may_recurse) {
        std::vector<type_ref> types;
        for (const auto& column : first->columns) types.push_back(column.type);
        options.wanted = types;
        auto second = select(*select_node.rarg, outer, options);
        if (!second) return second.error();
        auto fitted = recursive_term(*first, std::move(*second), node);
        if (!fitted) return fitted.error();
        text += (select_node.all ? " UNION ALL " : " UNION ") + *fitted;
    }
    out += (out.empty() ? "" : ", ") + quote_name(item.sqlite_name) + column_list(*first) + " AS " +
           (may_recurse ? "" : materialized(node.ctematerialized, is_volatile)) + "(" + text + ")";
    return {};
}

// The recursive term's columns must already have the types of the first term's.
result<std::string> translator::recursive_term(const query& first, query second,
                                               const PgQuery__CommonTableExpr& node) {
    if (first.columns.size() != second.columns.size()) {
        return at(sql_error(sqlstate::syntax_error,
                            "each UNION query must have the same number of columns"),
                  node.location);
    }
    bool converted = false;
    std::string list;
    for (std::size_t i = 0; i < first.columns.size(); ++i) {
        expr a, b;
        a.type = first.columns[i].type;
        b.type = second.columns[i].type;
        b.sql = quote_name(second.sqlite_names[i]);
        const auto plain = b.sql;
        const std::vector<const expr*> both{&a, &b};
        auto common = common_type(both, "UNION");
        if (!common) return common.error();
        if (*common != a.type.id) {
            return at(
                sql_error(sqlstate::datatype_mismatch,
                          "recursive query \"" + std::string(node.ctename) + "\" column " +
                              std::to_string(i + 1) + " has type " + types::format_type(a.type) +
                              " in non-recursive term but type " +
                              types::format_type({.id = *common}) + " overall")
                    .with_hint("Cast the output of the non-recursive term to the correct type."),
                node.location);
        }
        auto coerced = coerce(std::move(b), {.id = a.type.id}, coercion::implicit);
        if (!coerced) return coerced.error();
        converted |= coerced->sql != plain;
        list += (i > 0 ? ", " : "") + coerced->sql;
    }
    return converted ? "SELECT " + list + " FROM (" + second.sql + ")" : std::move(second.sql);
}

}  // namespace historyd::sql
