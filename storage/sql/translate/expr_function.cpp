#include <algorithm>
#include <array>

#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// Parameter names of functions that are called by name in practice; the rest takes positions only.
constexpr std::array<std::string_view, 7> interval_parts = {"years", "months", "weeks", "days",
                                                            "hours", "mins",   "secs"};

// "function lower(integer) does not exist", with the schema when it was written.
sql_error with_schema(sql_error error, const qualified_name& name) {
    constexpr std::string_view opening = "function ";
    if (!name.schema.empty() && error.message.starts_with(opening)) {
        error.message.insert(opening.size(), std::string(name.schema) + ".");
    }
    return error;
}

// The calls that make JSON of whole rows.
constexpr std::array<std::string_view, 11> row_readers = {
    "row_to_json",        "to_json",          "to_jsonb",          "json_agg",
    "jsonb_agg",          "json_build_array", "jsonb_build_array", "json_build_object",
    "jsonb_build_object", "json_object_agg",  "jsonb_object_agg"};

}  // namespace

// {"column":value,...}, as row_to_json() writes it.
result<expr> translator::row_as_json(const expr& row) {
    constexpr std::size_t fields_max = 42;  // three arguments each, of SQLite's 127
    if (row.fields.size() > fields_max) {
        return unsupported_at("JSON of rows with this many columns", row.location);
    }
    expr out;
    out.type = {.id = t::json};
    out.location = row.location;
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
        auto field = settle_unknown(row.fields[i]);
        if (!field) return field;
        absorb(out, *field);
        const auto name =
            i < row.field_names.size() ? row.field_names[i] : "f" + std::to_string(i + 1);
        out.sql += (i > 0 ? ", " : "") + quote_text(name) + ", " + std::to_string(field->type.id) +
                   ", " + field->sql;
    }
    out.sql = "pg_row_to_json(" + out.sql + ")";
    return out;
}

// Arguments in their positions; name => value is put where the name belongs.
result<std::vector<expr>> translator::call_arguments(const PgQuery__FuncCall& node,
                                                     std::string_view name, scope& s, clause c) {
    std::vector<expr> out;
    std::vector<std::pair<std::string_view, expr>> named;
    for (const auto* argument : list_of(node.n_args, node.args)) {
        const bool is_named = argument->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR;
        auto e = expression(is_named ? argument->named_arg_expr->arg : argument, s, c);
        if (!e) return e.error();
        if (e->is_row && std::ranges::find(row_readers, name) != row_readers.end()) {
            e = row_as_json(*e);
            if (!e) return e.error();
            if (name == "json_agg") e->type = {.id = t::record};
        }
        if (is_named) {
            named.emplace_back(argument->named_arg_expr->name, std::move(*e));
        } else if (!named.empty()) {
            return at(sql_error(sqlstate::syntax_error,
                                "positional argument cannot follow named argument"),
                      e->location);
        } else {
            out.push_back(std::move(*e));
        }
    }
    if (named.empty()) return out;
    if (name != "make_interval")
        return unsupported_at("named arguments of " + std::string(name), node.location);
    for (auto& [part, value] : named) {
        const auto it = std::ranges::find(interval_parts, part);
        const auto index = static_cast<std::size_t>(it - interval_parts.begin());
        if (it == interval_parts.end() ||
            index < list_of(node.n_args, node.args).size() - named.size()) {
            return at(sql_error(sqlstate::undefined_function,
                                "function make_interval(" + std::string(part) + " => " +
                                    type_display(value.type.id) + ") does not exist")
                          .with_hint("No function matches the given name and argument types. You "
                                     "might need to add explicit type casts."),
                      node.location);
        }
        while (out.size() <= index) out.push_back(constant({.id = t::int4}, std::int64_t{0}));
        out[index] = std::move(value);
    }
    return out;
}

result<expr> translator::function_node(const PgQuery__FuncCall& node, scope& s, clause c) {
    const auto name = qualified_name_of(list_of(node.n_funcname, node.funcname));
    if (!name.schema.empty() && schema().find_namespace(name.schema) == nullptr) {
        return at(sql_error(sqlstate::invalid_schema_name,
                            "schema \"" + std::string(name.schema) + "\" does not exist"),
                  node.location);
    }
    if (name.too_long || (!name.schema.empty() && name.schema != "pg_catalog")) {
        return at(
            sql_error(sqlstate::undefined_function, "function " + std::string(name.schema) + "." +
                                                        std::string(name.name) + " does not exist"),
            node.location);
    }
    if (node.func_variadic) return unsupported_at("VARIADIC arguments", node.location);
    const bool aggregates = is_aggregate_name(name.name) || node.agg_star || node.n_agg_order > 0;
    if (aggregates) return aggregate_node(node, name.name, s, c);
    if (node.over != nullptr) return window_call_node(node, name.name, s, c);
    if (is_set_name(name.name)) return set_call_node(node, name.name, s, c);
    if (node.agg_distinct || node.agg_filter != nullptr || node.agg_within_group) {
        return at(
            sql_error(sqlstate::wrong_object_type,
                      std::string(node.agg_distinct ? "DISTINCT" : "FILTER") + " specified, but " +
                          std::string(name.name) + " is not an aggregate function"),
            node.location);
    }
    auto arguments = call_arguments(node, name.name, s, c);
    if (!arguments) return arguments.error();
    if (name.name == "row_to_json" && arguments->size() == 1 &&
        arguments->front().type.id == t::json) {
        return std::move(arguments->front());
    }
    if (auto cast = cast_call(name.name, *arguments)) {
        if (*cast) {
            (*cast)->table = 0;
            (*cast)->attnum = 0;
        }
        return std::move(*cast);
    }
    auto call = resolve_call(name.name, std::move(*arguments), node.location);
    if (!call) return with_schema(call.error(), name);
    if (call->entry->kind == function_kind::window) {
        return at(
            sql_error(sqlstate::wrong_object_type,
                      "window function " + std::string(name.name) + " requires an OVER clause"),
            node.location);
    }
    return scalar_call(*call, node.location);
}

// A set-returning function of the select list becomes one more FROM item.
result<expr> translator::set_call_node(const PgQuery__FuncCall& node, std::string_view name,
                                       scope& s, clause c) {
    if (c != clause::select_target && c != clause::order_by) {
        return at(
            sql_error(sqlstate::feature_not_supported,
                      "set-returning functions are not allowed in " + std::string(clause_name(c))),
            node.location);
    }
    auto arguments = call_arguments(node, name, s, c);
    if (!arguments) return arguments.error();
    auto call = resolve_call(name, std::move(*arguments), node.location);
    if (!call) return call.error();
    if (call->entry->columns.size() > 1) {
        return unsupported_at("functions returning rows in a select list", node.location);
    }
    expr out;
    for (const auto& argument : call->arguments) absorb(out, argument);
    if (out.has_set) return unsupported_at("nested set-returning functions", node.location);
    if (out.has_aggregate || out.has_window) {
        return unsupported_at("aggregates as arguments of set-returning functions", node.location);
    }
    auto alias = unique_alias(name);
    s.set_calls.push_back({.table_sql = call_sql(*call), .sqlite_alias = alias});
    const auto column = call->entry->columns.empty() ? "value" : call->entry->columns[0].first;
    out.sql = quote_name(alias) + "." + quote_name(column);
    out.type = {.id = call->result};
    out.location = node.location;
    out.has_set = true;
    out.is_volatile |= call->entry->volatility == volatility::volatile_;
    out.is_mutable |= call->entry->volatility != volatility::immutable;
    return out;
}

}  // namespace historyd::sql
