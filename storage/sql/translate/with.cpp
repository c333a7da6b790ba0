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
    if (frame.outer == nullptr) frame.outer = ran_before.items;
    if (with == nullptr || with == ran_before.with) return out;
    for (const auto* node : list_of(with->n_ctes, with->ctes)) {
        const auto& item = *node->common_table_expr;
        auto q = with_query_of(item, with->recursive != 0, frame, outer);
        if (!q) return q.error();
        out += (out.empty() ? "" : ", ") + quote_name(frame.items.back().sqlite_name) +
               column_list(q->first) + " AS " +
               (q->recurses ? "" : materialized(item.ctematerialized, q->first.is_volatile)) + "(" +
               q->sql + ")";
    }
    return std::string(with->recursive ? "WITH RECURSIVE " : "WITH ") + out + " ";
}

result<with_item*> translator::add_with_item(const PgQuery__CommonTableExpr& node,
                                             with_frame& frame) {
    const bool twice = std::ranges::any_of(
        frame.items, [&](const with_item& other) { return other.name == node.ctename; });
    if (twice) {
        return at(
            sql_error(sqlstate::duplicate_alias, "WITH query name \"" + std::string(node.ctename) +
                                                     "\" specified more than once"),
            node.location);
    }
    auto& item = frame.items.emplace_back();
    item.name = node.ctename;
    // The table of the same name stays reachable from inside the item.
    item.sqlite_name = unique_table(item.name + "#");
    item.pending = true;
    return &item;
}

result<void> translator::check_with_columns(const PgQuery__CommonTableExpr& node,
                                            std::size_t columns) const {
    if (node.n_aliascolnames <= columns) return {};
    return at(sql_error(sqlstate::invalid_column_reference,
                        "WITH query \"" + std::string(node.ctename) + "\" has " +
                            std::to_string(columns) + " columns available but " +
                            std::to_string(node.n_aliascolnames) + " columns specified"),
              node.location);
}

result<query> translator::with_select(const PgQuery__CommonTableExpr& node, bool recursive,
                                      with_frame& frame) {
    auto q = with_query_of(node, recursive, frame, nullptr);
    if (!q) return q.error();
    if (q->recurses) {
        const auto name = quote_name(frame.items.back().sqlite_name);
        q->first.sql = "WITH RECURSIVE " + name + column_list(q->first) + " AS (" + q->sql +
                       ") SELECT * FROM " + name;
    }
    return std::move(q->first);
}

result<translator::with_query> translator::with_query_of(const PgQuery__CommonTableExpr& node,
                                                         bool recursive, with_frame& frame,
                                                         const scope* outer) {
    if (node.search_clause != nullptr || node.cycle_clause != nullptr) {
        return unsupported_at("SEARCH and CYCLE clauses", node.location);
    }
    if (node.ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
        return at(unsupported("WITH clause containing a data-modifying statement must be at the "
                              "top level"),
                  node.location);
    }
    const auto& select_node = *node.ctequery->select_stmt;
    const bool may_recurse = recursive && select_node.op == PG_QUERY__SET_OPERATION__SETOP_UNION &&
                             select_node.n_sort_clause == 0 && select_node.limit_count == nullptr &&
                             select_node.limit_offset == nullptr &&
                             select_node.with_clause == nullptr;
    auto added = add_with_item(node, frame);
    if (!added) return added.error();
    auto& item = **added;
    auto read_before = std::exchange(reads, {});
    select_options options{.wanted = {}, .name_columns = true, .with = &frame};
    auto first = may_recurse ? select(*select_node.larg, outer, options)
                             : select(select_node, outer, options);
    if (!first) return first.error();
    if (auto fit = check_with_columns(node, first->columns.size()); !fit) return fit.error();
    set_columns(item, *first, node, may_recurse);
    item.pending = false;
    with_query out{.sql = first->sql, .first = std::move(*first), .recurses = may_recurse};
    if (may_recurse) {
        std::vector<type_ref> types;
        for (const auto& column : out.first.columns) types.push_back(column.type);
        options.wanted = types;
        auto second = select(*select_node.rarg, outer, options);
        if (!second) return second.error();
        auto fitted = recursive_term(out.first, std::move(*second), node);
        if (!fitted) return fitted.error();
        out.sql += (select_node.all ? " UNION ALL " : " UNION ") + *fitted;
    }
    item.reads = reads;
    reads.merge(read_before);
    return out;
}

std::string translator::kept_rows_sql(int number, std::size_t columns,
                                      std::span<const std::string> names) {
    std::string list;
    for (std::size_t i = 0; i < columns; ++i) {
        list += (i > 0 ? ", \"c" : "\"c") + std::to_string(i + 1) + "\"";
        if (!names.empty()) list += " AS " + quote_name(names[i]);
    }
    // LIMIT: kept as a whole, so that SQLite may index it for a join.
    return "SELECT " + (list.empty() ? "1" : list) + " FROM pg_kept_rows(" +
           std::to_string(number) + ") LIMIT -1";
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
