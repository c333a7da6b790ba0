#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// WindowDef.frame_options, from PostgreSQL's parsenodes.h.
namespace frame {
constexpr int nondefault = 0x1, range = 0x2, rows = 0x4, groups = 0x8;
constexpr int start_unbounded_preceding = 0x20, end_unbounded_following = 0x100;
constexpr int start_current = 0x200, end_current = 0x400;
constexpr int start_offset_preceding = 0x800, end_offset_preceding = 0x1000;
constexpr int start_offset_following = 0x2000, end_offset_following = 0x4000;
constexpr int exclude_current = 0x8000, exclude_group = 0x10000, exclude_ties = 0x20000;
}  // namespace frame

}  // namespace

result<expr> translator::window_call_node(const PgQuery__FuncCall& node, std::string_view name,
                                          scope& s, clause c) {
    auto arguments = call_arguments(node, name, s, c);
    if (!arguments) return arguments.error();
    auto call = resolve_call(name, std::move(*arguments), node.location);
    if (!call) return call.error();
    if (call->entry->kind != function_kind::window) {
        return at(sql_error(sqlstate::wrong_object_type,
                            "OVER specified, but " + std::string(name) +
                                " is not a window function nor an aggregate function"),
                  node.location);
    }
    if (node.agg_distinct) {
        return at(sql_error(sqlstate::feature_not_supported,
                            "DISTINCT is not implemented for window functions"),
                  node.location);
    }
    if (node.agg_filter != nullptr) {
        return at(sql_error(sqlstate::feature_not_supported,
                            "FILTER is not implemented for non-aggregate window functions"),
                  node.location);
    }
    expr out = scalar_call(*call, node.location);
    if (out.has_window) {
        return at(sql_error("42P20", "window function calls cannot be nested"), node.location);
    }
    return finish_window(node, std::move(out), s, c);
}

result<expr> translator::finish_window(const PgQuery__FuncCall& node, expr call, scope& s,
                                       clause c) {
    if (c != clause::select_target && c != clause::order_by) {
        return at(sql_error("42P20",
                            "window functions are not allowed in " + std::string(clause_name(c))),
                  node.location);
    }
    if (node.agg_distinct) {
        return at(sql_error(sqlstate::feature_not_supported,
                            "DISTINCT is not implemented for window functions"),
                  node.location);
    }
    if (node.n_agg_order > 0) {
        return at(sql_error(sqlstate::feature_not_supported,
                            "aggregate ORDER BY is not implemented for window functions"),
                  node.location);
    }
    auto over = window_sql(*node.over, s, call);
    if (!over) return over.error();
    call.sql += " OVER (" + *over + ")";
    call.has_window = true;
    return call;
}

namespace {

const PgQuery__WindowDef* find_window(const scope& s, std::string_view name) {
    for (const auto* node : s.windows) {
        if (name == node->window_def->name) return node->window_def;
    }
    return nullptr;
}

}  // namespace

// The text between the parentheses of OVER; a named window's text is put in its place.
result<std::string> translator::window_sql(const PgQuery__WindowDef& node, scope& s, expr& uses) {
    const std::string_view whole = node.name, refined = node.refname;
    const bool is_definition = whole.empty() || &node == find_window(s, whole);
    const PgQuery__WindowDef* base = nullptr;
    if (const auto name = is_definition ? refined : whole; !name.empty()) {
        base = find_window(s, name);
        if (base == nullptr || base == &node) {
            return at(sql_error(sqlstate::undefined_object,
                                "window \"" + std::string(name) + "\" does not exist"),
                      node.location);
        }
        if (!is_definition) return window_sql(*base, s, uses);
        const std::string quoted = "\"" + std::string(name) + "\"";
        if (node.n_partition_clause > 0) {
            return at(sql_error("42P20", "cannot override PARTITION BY clause of window " + quoted),
                      node.location);
        }
        if (node.n_order_clause > 0 && base->n_order_clause > 0) {
            return at(sql_error("42P20", "cannot override ORDER BY clause of window " + quoted),
                      node.location);
        }
        if ((base->frame_options & frame::nondefault) != 0) {
            return at(sql_error("42P20",
                                "cannot copy window " + quoted + " because it has a frame clause"),
                      node.location);
        }
    }
    const auto* partition = base != nullptr ? base : &node;
    const auto* order = base != nullptr && base->n_order_clause > 0 ? base : &node;
    std::string out;
    auto parts = expressions(list_of(partition->n_partition_clause, partition->partition_clause), s,
                             clause::window);
    if (!parts) return parts.error();
    for (auto& part : *parts) {
        auto settled = settle_unknown(std::move(part));
        if (!settled) return settled.error();
        absorb(uses, *settled);
        out += (out.empty() ? "PARTITION BY " : ", ") + key_sql(*settled);
    }
    auto keys = sort_keys(list_of(order->n_order_clause, order->order_clause), s, clause::window);
    if (!keys) return keys.error();
    for (std::size_t i = 0; i < keys->size(); ++i) {
        absorb(uses, (*keys)[i].value);
        out += (i > 0 ? ", " : out.empty() ? "ORDER BY " : " ORDER BY ") + sort_sql((*keys)[i]);
    }
    if ((node.frame_options & frame::nondefault) == 0) return out;
    auto frame_text = frame_sql(node, *keys, s, uses);
    if (!frame_text) return frame_text;
    return out + (out.empty() ? "" : " ") + *frame_text;
}

result<std::string> translator::frame_sql(const PgQuery__WindowDef& node,
                                          const std::vector<sort_key>& keys, scope& s, expr& uses) {
    const int options = node.frame_options;
    const bool by_range = (options & frame::range) != 0;
    const auto offset = [&](const PgQuery__Node* bound) -> result<std::string> {
        auto e = expression(bound, s, clause::window);
        if (!e) return e.error();
        oid wanted = t::int8;
        if (by_range) {
            if (keys.size() != 1) {
                return at(sql_error("42P20",
                                    "RANGE with offset PRECEDING/FOLLOWING requires exactly "
                                    "one ORDER BY column"),
                          node.location);
            }
            wanted = keys.front().value.type.id;
            const bool number = wanted == t::int2 || wanted == t::int4 || wanted == t::int8 ||
                                wanted == t::float4 || wanted == t::float8;
            if (!number) return unsupported_at("RANGE offsets of this type", node.location);
        }
        if (!e->columns.empty()) {
            return at(sql_error(sqlstate::invalid_column_reference,
                                std::string("argument of ") +
                                    (by_range                ? "RANGE"
                                     : options & frame::rows ? "ROWS"
                                                             : "GROUPS") +
                                    " must not contain variables"),
                      e->location);
        }
        auto coerced = coerce(std::move(*e), {.id = wanted}, coercion::assignment);
        if (!coerced) return coerced.error();
        absorb(uses, *coerced);
        return coerced->sql;
    };
    const auto bound = [&](bool start) -> result<std::string> {
        if (start && (options & frame::start_unbounded_preceding))
            return std::string("UNBOUNDED PRECEDING");
        if (!start && (options & frame::end_unbounded_following))
            return std::string("UNBOUNDED FOLLOWING");
        if (options & (start ? frame::start_current : frame::end_current))
            return std::string("CURRENT ROW");
        const bool preceding =
            (options & (start ? frame::start_offset_preceding : frame::end_offset_preceding)) != 0;
        const bool following =
            (options & (start ? frame::start_offset_following : frame::end_offset_following)) != 0;
        if (!preceding && !following)
            return unsupported_at("window frames of this kind", node.location);
        auto text = offset(start ? node.start_offset : node.end_offset);
        if (!text) return text;
        return *text + (preceding ? " PRECEDING" : " FOLLOWING");
    };
    auto start = bound(true);
    if (!start) return start;
    auto end = bound(false);
    if (!end) return end;
    std::string out = by_range ? "RANGE" : options & frame::rows ? "ROWS" : "GROUPS";
    out += " BETWEEN " + *start + " AND " + *end;
    if (options & frame::exclude_current) out += " EXCLUDE CURRENT ROW";
    if (options & frame::exclude_group) out += " EXCLUDE GROUP";
    if (options & frame::exclude_ties) out += " EXCLUDE TIES";
    return out;
}

}  // namespace historyd::sql
