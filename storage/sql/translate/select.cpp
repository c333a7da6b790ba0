#include <algorithm>
#include <array>

#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/select_builder.hpp"

namespace historyd::sql {

namespace t_oid = types::type_oid;

select_builder::select_builder(translator& owner, const PgQuery__SelectStmt& statement,
                               const scope* outer, const with_frame* with, const select_options& o)
    : t(owner), node(statement), options(o) {
    s.outer = outer;
    s.with = with;
    s.windows = list_of(node.n_window_clause, node.window_clause);
}

result<select_parts> select_builder::build(bool settle) {
    if (node.n_values_lists > 0) {
        if (auto done = build_values(); !done) return done.error();
    } else {
        if (auto done = refuse_unspoken(); !done) return done.error();
        auto from = t.from_clause(list_of(node.n_from_clause, node.from_clause), s);
        if (!from) return from.error();
        parts.from = std::move(*from);
        auto found = t.target_sources(list_of(node.n_target_list, node.target_list), s);
        if (!found) return found.error();
        sources = std::move(*found);
        if (auto done = build_group_keys(); !done) return done.error();
        if (auto done = build_targets(); !done) return done.error();
        if (auto done = build_conditions(); !done) return done.error();
        for (auto& target : parts.targets) {
            if (!settle) continue;
            auto settled = t.settle_unknown(std::move(target.value));
            if (!settled) return settled.error();
            target.value = std::move(*settled);
        }
    }
    if (auto done = build_order(); !done) return done.error();
    if (auto done = build_distinct(); !done) return done.error();
    if (auto done = t.limit_clause(node, s, parts); !done) return done.error();
    parts.with_ties = node.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
    if (parts.with_ties && (parts.order.empty() || parts.distinct || !parts.distinct_on.empty() ||
                            !parts.values.empty())) {
        if (parts.order.empty()) {
            return sql_error(sqlstate::syntax_error,
                             "WITH TIES cannot be specified without ORDER BY clause");
        }
        return t.unsupported_at("WITH TIES clauses with DISTINCT or VALUES", -1);
    }
    if (auto done = build_set_calls(); !done) return done.error();
    if (auto done = check_grouping(); !done) return done.error();
    if (auto done = check_locking(); !done) return done.error();
    move_lone_having();

    const auto keep = [&](const std::vector<column_use>& list) {
        for (const auto& use : list) {
            if (use.entry->home != &s) parts.outer_uses.push_back(use);
        }
    };
    for (const auto& target : parts.targets) {
        keep(target.value.columns);
        parts.is_volatile |= target.value.is_volatile;
    }
    for (auto& item : parts.order) {
        keep(item.key.value.columns);
        item.reads_outer = std::ranges::any_of(
            item.key.value.columns, [&](const column_use& use) { return use.entry->home != &s; });
    }
    keep(uses);
    keep(s.outer_uses);
    parts.is_volatile |= s.is_volatile;
    const bool one_group = s.has_aggregate && node.n_group_clause == 0;
    const bool no_table = parts.from.empty() && parts.values.empty();
    parts.one_row_at_most = one_group || no_table || parts.values.size() == 1 ||
                            parts.limit == "1" || parts.limit == "0";
    parts.is_row = no_table && parts.where.empty() && parts.having.empty() && parts.limit.empty() &&
                   parts.offset.empty() && !s.has_aggregate;
    return std::move(parts);
}

result<void> select_builder::refuse_unspoken() {
    if (node.into_clause != nullptr) {
        return t.at(sql_error(sqlstate::syntax_error, "SELECT ... INTO is not allowed here"),
                    node.into_clause->rel->location);
    }
    return {};
}

result<void> select_builder::build_values() {
    const auto rows = list_of(node.n_values_lists, node.values_lists);
    for (const auto* row : rows) {
        auto items =
            t.expressions(list_of(row->list->n_items, row->list->items), s, clause::values);
        if (!items) return items.error();
        if (!parts.values.empty() && items->size() != parts.values.front().size()) {
            return t.at(
                sql_error(sqlstate::syntax_error, "VALUES lists must all be the same length"),
                items->empty() ? -1 : items->front().location);
        }
        parts.values.push_back(std::move(*items));
    }
    for (std::size_t i = 0; i < parts.values.front().size(); ++i) {
        std::vector<expr*> column;
        for (auto& row : parts.values) column.push_back(&row[i]);
        auto common = t.unify(column, "VALUES");
        if (!common) return common.error();
        target out{.value = {}, .name = "column" + std::to_string(i + 1)};
        out.value.type = column.front()->type;
        out.value.location = column.front()->location;
        out.value.not_null = true;
        out.value.sql = "column" + std::to_string(i + 1);
        for (const auto* e : column) {
            absorb(out.value, *e);
            out.value.not_null &= e->not_null;
            if (e->type.typmod != out.value.type.typmod) out.value.type.typmod = -1;
        }
        parts.targets.push_back(std::move(out));
        sources.push_back({.node = nullptr, .value = {}, .name = parts.targets.back().name});
    }
    return {};
}

result<void> select_builder::build_targets() {
    for (auto& source : sources) {
        auto value = source.value ? result<expr>(*source.value)
                                  : t.expression(source.node, s, clause::select_target);
        if (!value) return value.error();
        const auto index = parts.targets.size();
        if (value->type.id == t_oid::unknown && !value->is_row && index < options.wanted.size() &&
            options.wanted[index].id != 0) {
            value = t.coerce(std::move(*value), options.wanted[index], coercion::assignment);
        }
        if (!value) return value.error();
        if (value->is_row) return t.unsupported_at("values of type record", value->location);
        parts.targets.push_back(
            {.value = std::move(*value), .name = source.name, .node = source.node});
    }
    return {};
}

result<void> select_builder::build_conditions() {
    if (node.where_clause != nullptr) {
        auto where = t.condition(node.where_clause, s, clause::where, "WHERE");
        if (!where) return where.error();
        uses.insert(uses.end(), where->columns.begin(), where->columns.end());
        std::erase_if(uses, [&](const column_use& use) { return use.entry->home == &s; });
        parts.where = std::move(where->sql);
    }
    if (node.having_clause == nullptr) return {};
    auto having = t.condition(node.having_clause, s, clause::having, "HAVING");
    if (!having) return having.error();
    uses.insert(uses.end(), having->columns.begin(), having->columns.end());
    parts.having = std::move(having->sql);
    having_aggregates_ = having->has_aggregate;
    if (node.n_group_clause == 0) s.has_aggregate = true;  // one group of all rows
    return {};
}

// HAVING without GROUP BY over a list without aggregates, which SQLite refuses: the list has no
// columns either, so it is one row that a condition over the whole table lets through or not.
void select_builder::move_lone_having() {
    if (parts.having.empty() || node.n_group_clause > 0) return;
    const auto aggregates = [](const expr& e) { return e.has_aggregate; };
    for (const auto& target : parts.targets) {
        if (aggregates(target.value)) return;
    }
    for (const auto& item : parts.order) {
        if (aggregates(item.key.value)) return;
    }
    if (having_aggregates_) {
        std::string query = "(SELECT " + parts.having;
        if (!parts.from.empty()) query += " FROM " + parts.from;
        if (!parts.where.empty()) query += " WHERE " + parts.where;
        parts.having = query + ")";
    }
    parts.where = std::exchange(parts.having, {});
    parts.from.clear();
}

result<void> select_builder::build_set_calls() {
    if (s.set_calls.empty()) return {};
    if (s.has_aggregate || s.grouped) {
        return t.unsupported_at("set-returning functions in a grouped select list", -1);
    }
    const auto item = [](const scope::set_call& call) {
        return call.table_sql + " AS " + quote_name(call.sqlite_alias);
    };
    if (!parts.from.empty()) parts.from += ", ";
    if (s.set_calls.size() == 1) {
        parts.from += item(s.set_calls.front());
        return {};
    }
    // Several go on side by side, the shorter ones filled up with NULL.
    std::string longest, joins;
    const auto series = t.unique_alias("series");
    for (const auto& call : s.set_calls) {
        longest +=
            (longest.empty() ? "" : ", ") + ("(SELECT count(*) FROM " + call.table_sql + ")");
        joins += " LEFT JOIN " + item(call) + " ON " + quote_name(call.sqlite_alias) +
                 ".\"ordinality\" = " + quote_name(series) + ".\"value\"";
    }
    parts.from += "pg_series(max(" + longest + ")) AS " + quote_name(series) + joins;
    return {};
}

result<void> select_builder::check_locking() {
    if (node.n_locking_clause == 0) return {};
    static constexpr std::array<std::string_view, 4> strengths = {
        "FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"};
    const auto& clause = *node.locking_clause[0]->locking_clause;
    const auto number = static_cast<int>(clause.strength) -
                        static_cast<int>(PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORKEYSHARE);
    const std::string name(strengths[static_cast<std::size_t>(std::clamp(number, 0, 3))]);
    std::string_view with;
    if (node.n_values_lists > 0) with = "VALUES";
    if (node.n_distinct_clause > 0) with = "DISTINCT clause";
    if (node.n_group_clause > 0) with = "GROUP BY clause";
    if (node.having_clause != nullptr) with = "HAVING clause";
    if (with.empty() && s.has_aggregate) with = "aggregate functions";
    for (const auto& target : parts.targets) {
        if (target.value.has_window) with = "window functions";
        if (target.value.has_set) with = "set-returning functions in the target list";
    }
    if (!with.empty()) {
        const std::string verb =
            with == "VALUES" ? " cannot be applied to " : " is not allowed with ";
        return sql_error(sqlstate::feature_not_supported, name + verb + std::string(with));
    }
    for (const auto* item : list_of(clause.n_locked_rels, clause.locked_rels)) {
        const std::string_view wanted = item->range_var->relname;
        const bool known = std::ranges::any_of(
            s.visible, [&](const visible_entry& v) { return v.entry->alias == wanted; });
        if (!known) {
            return t.at(sql_error(sqlstate::undefined_table,
                                  "relation \"" + std::string(wanted) + "\" in " + name +
                                      " clause not found in FROM clause"),
                        item->range_var->location);
        }
    }
    t.locking = true;
    for (const auto* item : list_of(node.n_locking_clause, node.locking_clause)) {
        if (item->locking_clause->wait_policy != PG_QUERY__LOCK_WAIT_POLICY__LockWaitError)
            continue;
        for (const auto& v : s.visible) {
            if (t.locked_at_once.empty() && v.entry->relation != nullptr) {
                t.locked_at_once = v.entry->relation->name;
            }
        }
    }
    return {};
}

}  // namespace historyd::sql
