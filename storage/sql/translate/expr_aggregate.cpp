#include <algorithm>
#include <array>

#include "storage/sql/translate/candidate.hpp"
#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// Aggregates whose result depends on the order of their input; for all others ORDER BY inside the
// call has no effect.
constexpr std::array<std::string_view, 6> order_matters = {
    "string_agg", "array_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg"};

bool may_aggregate(clause c) {
    return c == clause::select_target || c == clause::having || c == clause::order_by ||
           c == clause::window;
}

struct call_text {
    std::string_view name;  // of the SQLite function
    std::string arguments;  // as filled in
    bool several = false;
};

// "pg_array_agg(%1, %t1)" taken apart after filling in.
call_text split_call(const std::string& sql) {
    const auto open = sql.find('(');
    const std::string_view text = sql;
    call_text out{.name = text.substr(0, open),
                  .arguments = sql.substr(open + 1, sql.size() - open - 2)};
    return out;
}

std::string key_spec(const sort_key& key) {
    std::string out(1, key.descending ? 'd' : 'a');
    out += key.nulls_first ? 'f' : 'l';
    const auto* info = types::find_type(key.value.type.id);
    if (info != nullptr && !info->collation.empty()) out += ":" + std::string(info->collation);
    return out;
}

}  // namespace

// Where the aggregate is computed: the level its columns come from, this one when it has none.
const scope& translator::aggregate_level(const expr& inside, const scope& s) {
    const scope* level = nullptr;
    for (const auto* candidate = &s; candidate != nullptr && level == nullptr;
         candidate = candidate->outer) {
        for (const auto& use : inside.columns) {
            if (use.entry->home == candidate) level = candidate;
        }
    }
    return level == nullptr ? s : *level;
}

result<std::vector<sort_key>> translator::sort_keys(node_list items, scope& s, clause c) {
    std::vector<sort_key> out;
    for (const auto* item : items) {
        auto e = expression(item->sort_by->node, s, c);
        if (!e) return e.error();
        auto settled = settle_unknown(std::move(*e));
        if (!settled) return settled.error();
        auto key = sort_key_of(*item->sort_by, std::move(*settled));
        if (!key) return key.error();
        out.push_back(std::move(*key));
    }
    return out;
}

result<expr> translator::aggregate_node(const PgQuery__FuncCall& node, std::string_view name,
                                        scope& s, clause c) {
    if (node.n_args == 0 && !node.agg_star && !node.agg_within_group && name == "count") {
        return at(sql_error(sqlstate::wrong_object_type,
                            "count(*) must be used to call a parameterless aggregate function"),
                  node.location);
    }
    const bool outer_aggregate = s.inside_aggregate;
    // What a window aggregate takes in is computed after grouping.
    s.inside_aggregate = outer_aggregate || node.over == nullptr;
    auto parts = aggregate_parts(node, name, s, c);
    s.inside_aggregate = outer_aggregate;
    if (!parts) return parts.error();

    expr inside;
    for (const auto& argument : parts->call.arguments) absorb(inside, argument);
    for (const auto& key : parts->order) absorb(inside, key.value);
    if (parts->filter) absorb(inside, *parts->filter);
    if (inside.has_aggregate && node.over == nullptr) {
        return at(sql_error(sqlstate::grouping_error, "aggregate function calls cannot be nested"),
                  inside.aggregate_location);
    }
    if (inside.has_window && node.over != nullptr) {
        return at(sql_error("42P20", "window function calls cannot be nested"), node.location);
    }
    if (inside.has_window) {
        return at(sql_error(sqlstate::grouping_error,
                            "aggregate function calls cannot contain window function calls"),
                  node.location);
    }
    if (inside.has_set) {
        return unsupported_at("set-returning functions in aggregate arguments", node.location);
    }
    auto out = aggregate_sql(node, *parts);
    if (!out) return out;
    out->is_volatile = inside.is_volatile;
    out->has_subquery = inside.has_subquery;
    if (node.over != nullptr) {
        absorb(*out, inside);
        return finish_window(node, std::move(*out), s, c);
    }
    const auto& level = aggregate_level(inside, s);
    if (&level == &s && !may_aggregate(c)) {
        return at(sql_error(sqlstate::grouping_error, "aggregate functions are not allowed in " +
                                                          std::string(clause_name(c))),
                  node.location);
    }
    level.has_aggregate = true;
    out->has_aggregate = &level == &s;
    out->aggregate_location = node.location;
    for (const auto& use : inside.columns) {
        if (use.entry->home != &level) out->columns.push_back(use);
    }
    return out;
}

// count(DISTINCT (a, b)): SQLite counts values, so the row is written as one.
result<expr> translator::row_as_value(const expr& row) {
    expr out;
    out.type = {.id = t::text};
    out.location = row.location;
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
        const auto& field = row.fields[i];
        if (!collate_clause(field.type.id).empty()) {
            return unsupported_at("rows of this type in aggregates", row.location);
        }
        absorb(out, field);
        out.sql += (i == 0 ? "(" : " || ',' || ") + ("quote(" + field.sql + ")");
    }
    out.sql += ")";
    return out;
}

result<translator::aggregate_call> translator::aggregate_parts(const PgQuery__FuncCall& node,
                                                               std::string_view name, scope& s,
                                                               clause c) {
    aggregate_call out;
    const auto inner =
        node.over != nullptr ? c : clause::having;  // aggregates are found, then refused
    auto arguments = call_arguments(node, name, s, may_aggregate(c) ? inner : c);
    if (!arguments) return arguments.error();
    if (name == "count" && arguments->size() == 1 && arguments->front().is_row) {
        auto value = row_as_value(arguments->front());
        if (!value) return value.error();
        arguments->front() = std::move(*value);
    }
    if (node.agg_distinct) {  // compared, so not of any type
        for (auto& argument : *arguments) {
            auto settled = settle_unknown(std::move(argument));
            if (!settled) return settled.error();
            argument = std::move(*settled);
        }
    }
    auto order = sort_keys(list_of(node.n_agg_order, node.agg_order), s, inner);
    if (!order) return order.error();
    if (node.agg_within_group) {
        for (const auto& key : *order) arguments->push_back(key.value);
    }
    auto call = resolve_call(name, std::move(*arguments), node.location);
    if (!call) return call.error();
    if (call->entry->kind != function_kind::aggregate) {
        return at(
            sql_error(sqlstate::wrong_object_type,
                      std::string(node.n_agg_order > 0 ? "ORDER BY" : "count(*)") +
                          " specified, but " + std::string(name) + " is not an aggregate function"),
            node.location);
    }
    if (call->entry->within_group != (node.agg_within_group != 0)) {
        return at(sql_error(sqlstate::wrong_object_type,
                            std::string(name) + (node.agg_within_group
                                                     ? " is not an ordered-set aggregate, so it "
                                                       "cannot have WITHIN GROUP"
                                                     : " requires WITHIN GROUP")),
                  node.location);
    }
    if (node.agg_within_group) {
        for (std::size_t i = 0; i < order->size(); ++i) {
            auto& value = call->arguments[call->arguments.size() - order->size() + i];
            (*order)[i].value = value;
        }
        call->arguments.resize(call->arguments.size() - order->size());
    }
    out.call = std::move(*call);
    out.order = std::move(*order);
    if (node.agg_filter != nullptr) {
        auto filter = condition(node.agg_filter, s, clause::filter, "FILTER");
        if (!filter) return filter.error();
        out.filter = std::move(*filter);
    }
    return out;
}

result<expr> translator::aggregate_sql(const PgQuery__FuncCall& node, const aggregate_call& parts) {
    const auto& entry = *parts.call.entry;
    expr out;
    out.type = {.id = parts.call.result};
    out.location = node.location;
    out.not_null = entry.name == "count";
    const bool ordered =
        !parts.order.empty() && std::ranges::find(order_matters, entry.name) != order_matters.end();
    if (entry.within_group) {
        out.sql =
            std::string(entry.sqlite) + "_ordered(" + ordered_arguments(parts, "", false) + ")";
    } else {
        const auto sql = call_sql(parts.call);
        const auto call = split_call(sql);
        const auto& arguments = parts.call.arguments;
        // The argument, where the template adds nothing to it.
        const auto* bare = arguments.size() == 1 && call.arguments == arguments.front().sql
                               ? &arguments.front()
                               : nullptr;
        const bool several =
            arguments.size() > 1 || entry.sqlite.find(',') != std::string_view::npos;
        if (node.agg_distinct) {
            for (const auto& argument : parts.call.arguments) {
                if (auto op = resolve_operator("=", argument.type.id, argument.type.id,
                                               argument.location);
                    !op) {
                    return at(sql_error(sqlstate::undefined_function,
                                        "could not identify an equality operator for type " +
                                            type_display(argument.type.id)),
                              argument.location);
                }
            }
            for (const auto& key : parts.order) {
                const bool known = std::ranges::any_of(
                    parts.call.arguments, [&](const expr& e) { return e.sql == key.value.sql; });
                if (!known) {
                    return at(sql_error(sqlstate::invalid_column_reference,
                                        "in an aggregate with DISTINCT, ORDER BY expressions must "
                                        "appear in argument list"),
                              key.value.location);
                }
            }
        }
        if (ordered || (node.agg_distinct && several)) {
            out.sql = std::string(call.name) + "_ordered(" +
                      ordered_arguments(parts, call.arguments, node.agg_distinct != 0) + ")";
        } else if (node.agg_distinct) {
            const auto collate = bare ? collate_clause(bare->type.id, bare->sql) : std::string();
            out.sql = std::string(call.name) + "(DISTINCT " + call.arguments + collate + ")";
        } else {
            const auto stray = bare ? stray_clause(bare->type.id, bare->sql) : std::string();
            out.sql =
                stray.empty() ? sql : std::string(call.name) + "(" + call.arguments + stray + ")";
        }
    }
    if (parts.filter) out.sql += " FILTER (WHERE " + parts.filter->sql + ")";
    return out;
}

// "'al;df:pg_numeric', arguments, keys": see the templates of function_map.hpp.
std::string translator::ordered_arguments(const aggregate_call& parts, std::string_view arguments,
                                          bool distinct) {
    auto keys = parts.order;
    if (distinct) {
        // Equal rows are found next to each other: every argument is a key, the given order first.
        for (const auto& argument : parts.call.arguments) {
            const bool known = std::ranges::any_of(
                keys, [&](const sort_key& key) { return key.value.sql == argument.sql; });
            if (!known) keys.push_back({.value = argument});
        }
    }
    std::string spec = distinct ? "D" : "", tail;
    for (const auto& key : keys) {
        spec += (spec.empty() ? "" : ";") + key_spec(key);
        tail += ", " + key.value.sql;
    }
    std::string out = quote_text(spec);
    if (parts.call.entry->within_group) {
        for (const auto& argument : parts.call.arguments) out += ", " + argument.sql;
    } else {
        out += ", " + std::string(arguments);
    }
    return out + tail;
}

}  // namespace historyd::sql
