#include "storage/sql/translate/from_function.hpp"

#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// What a function item's columns are called and typed: the function's own columns, or one column
// after the alias, else after the function.
void add_columns(range_entry& entry, const resolved_call& call) {
    const auto prefix = quote_name(entry.sqlite_alias) + ".";
    if (call.entry->columns.empty()) {
        entry.columns.push_back(
            {.name = entry.alias, .sql = prefix + "\"value\"", .type = {.id = call.result}});
        return;
    }
    for (const auto& [name, type] : call.entry->columns) {
        entry.columns.push_back(
            {.name = std::string(name), .sql = prefix + quote_name(name), .type = {.id = type}});
    }
}

// DISTINCT, FILTER and the like, which only aggregates have, and VARIADIC.
bool has_modifiers(const PgQuery__FuncCall& call) {
    return call.func_variadic || call.agg_star || call.agg_distinct || call.agg_filter != nullptr ||
           call.over != nullptr || call.n_agg_order > 0;
}

}  // namespace

node_list column_definitions(const PgQuery__RangeFunction& node) {
    if (node.n_coldeflist > 0) return list_of(node.n_coldeflist, node.coldeflist);
    const auto& item = *node.functions[0]->list;
    if (item.n_items < 2 || item.items[1]->node_case != PG_QUERY__NODE__NODE_LIST) return {};
    return list_of(item.items[1]->list->n_items, item.items[1]->list->items);
}

// The registered pg_unnest_2 to pg_unnest_8 (series_functions.cpp).
constexpr std::size_t unnest_arrays_max = 8;

void add_ordinality(range_entry& entry, std::string_view column) {
    entry.columns.push_back({.name = "ordinality",
                             .sql = quote_name(entry.sqlite_alias) + "." + quote_name(column),
                             .type = {.id = t::int8},
                             .not_null = true});
}

result<translator::from_piece> translator::from_function(const PgQuery__RangeFunction& node,
                                                         scope& s) {
    if (node.n_functions != 1) return unsupported_at("ROWS FROM with several functions", -1);
    const auto* function = node.functions[0]->list->items[0];
    const auto* call_node =
        function->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? function->func_call : nullptr;
    const auto name =
        call_node == nullptr
            ? std::string_view()
            : qualified_name_of(list_of(call_node->n_funcname, call_node->funcname)).name;
    const bool is_record = is_record_name(name), is_set = is_set_name(name);
    if ((is_record || is_set) && has_modifiers(*call_node)) {
        return unsupported_at("function modifiers in FROM", call_node->location);
    }
    if (is_record) return from_record(*call_node, name, node, s);
    if (!column_definitions(node).empty()) return unsupported_at("column definition lists", -1);
    if (call_node != nullptr && name == "unnest" && call_node->n_args > 1) {
        return from_unnest(*call_node, node, s);
    }

    auto& entry = s.add_entry();
    entry.alias = node.alias != nullptr ? node.alias->aliasname : output_name(function);
    entry.sqlite_alias = unique_alias(entry.alias);
    from_piece out{.sql = {}, .shown = {{.entry = &entry}}, .entries = {&entry}};
    if (is_set) {
        auto arguments = call_arguments(*call_node, name, s, clause::from_function);
        if (!arguments) return arguments.error();
        auto call = resolve_call(name, std::move(*arguments), call_node->location);
        if (!call) return call.error();
        for (const auto& argument : call->arguments) {
            s.outer_uses.insert(s.outer_uses.end(), argument.columns.begin(),
                                argument.columns.end());
        }
        add_columns(entry, *call);
        entry.is_value = entry.columns.size() == 1 && !node.ordinality;
        if (node.ordinality) add_ordinality(entry, "ordinality");
        out.sql = call_sql(*call) + " AS " + quote_name(entry.sqlite_alias);
    } else {
        auto value = expression(function, s, clause::from_function);
        if (!value) return value.error();
        for (const auto& use : value->columns) {
            if (use.entry->home == &s) {
                return unsupported_at("functions of other FROM items that return one value",
                                      use.location);
            }
        }
        s.outer_uses.insert(s.outer_uses.end(), value->columns.begin(), value->columns.end());
        s.is_volatile |= value->is_volatile;
        entry.columns.push_back({.name = entry.alias,
                                 .sql = quote_name(entry.sqlite_alias) + ".\"value\"",
                                 .type = value->type});
        if (node.ordinality) add_ordinality(entry, "ordinality");
        out.sql = "(SELECT " + value->sql + " AS \"value\", 1 AS \"ordinality\") AS " +
                  quote_name(entry.sqlite_alias);
    }
    if (auto named = apply_column_aliases(entry, node.alias, -1); !named) return named.error();
    return out;
}

// unnest(a, b, ...): side by side, the shorter ones filled up with NULL.
result<translator::from_piece> translator::from_unnest(const PgQuery__FuncCall& call,
                                                       const PgQuery__RangeFunction& node,
                                                       scope& s) {
    auto arguments = call_arguments(call, "unnest", s, clause::from_function);
    if (!arguments) return arguments.error();
    const auto count = std::to_string(arguments->size());
    if (arguments->size() > unnest_arrays_max) {
        return unsupported_at("unnest of " + count + " arrays", call.location);
    }
    auto& entry = s.add_entry();
    entry.alias = node.alias != nullptr ? node.alias->aliasname : "unnest";
    entry.sqlite_alias = unique_alias(entry.alias);
    std::string list;
    for (std::size_t i = 0; i < arguments->size(); ++i) {
        std::vector<expr> one;
        one.push_back(std::move((*arguments)[i]));
        auto resolved = resolve_call("unnest", std::move(one), call.location);
        if (!resolved) return resolved.error();
        const auto& array = resolved->arguments[0];
        s.outer_uses.insert(s.outer_uses.end(), array.columns.begin(), array.columns.end());
        list += (i > 0 ? ", " : "") + array.sql + ", " + std::to_string(resolved->result);
        entry.columns.push_back(
            {.name = "unnest",
             .sql = quote_name(entry.sqlite_alias) + ".\"value" + std::to_string(i + 1) + "\"",
             .type = {.id = resolved->result}});
    }
    if (node.ordinality) add_ordinality(entry, "ordinality");
    from_piece out{
        .sql = "pg_unnest_" + count + "(" + list + ") AS " + quote_name(entry.sqlite_alias),
        .shown = {{.entry = &entry}},
        .entries = {&entry}};
    if (auto named = apply_column_aliases(entry, node.alias, -1); !named) return named.error();
    return out;
}

}  // namespace historyd::sql
