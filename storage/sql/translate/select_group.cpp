#include <algorithm>

#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/select_builder.hpp"

namespace historyd::sql {

namespace {

// A position in the select list, written as an integer constant.
std::optional<int> position_of(const PgQuery__Node* key) {
    if (key->node_case != PG_QUERY__NODE__NODE_A_CONST || key->a_const->isnull ||
        key->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL) {
        return std::nullopt;
    }
    return key->a_const->ival->ival;
}

std::string_view bare_name(const PgQuery__Node* key) {
    if (key->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || key->column_ref->n_fields != 1)
        return {};
    return string_of(key->column_ref->fields[0]);
}

bool is_constant(const PgQuery__Node* key) {
    return key->node_case == PG_QUERY__NODE__NODE_A_CONST;
}

sql_error not_in_list(std::string_view construct, int position) {
    return sql_error(sqlstate::invalid_column_reference, std::string(construct) + " position " +
                                                             std::to_string(position) +
                                                             " is not in select list");
}
sql_error non_integer(std::string_view construct) {
    return sql_error(sqlstate::syntax_error, "non-integer constant in " + std::string(construct));
}

}  // namespace

// GROUP BY 2, GROUP BY alias: a column of FROM comes before a select item of that name.
result<std::optional<std::size_t>> select_builder::find_group_target(const PgQuery__Node* key) {
    if (const auto position = position_of(key)) {
        if (*position < 1 || static_cast<std::size_t>(*position) > sources.size()) {
            return t.at(not_in_list("GROUP BY", *position), location_of(key));
        }
        return std::optional(static_cast<std::size_t>(*position) - 1);
    }
    if (is_constant(key)) return t.at(non_integer("GROUP BY"), location_of(key));
    const auto name = bare_name(key);
    if (name.empty() || translator::names_column(s, name)) return std::optional<std::size_t>();
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (sources[i].name != name) continue;
        if (found) {
            return t.at(sql_error(sqlstate::ambiguous_column,
                                  "GROUP BY \"" + std::string(name) + "\" is ambiguous"),
                        location_of(key));
        }
        found = i;
    }
    return found;
}

result<void> select_builder::build_group_keys() {
    const auto items = list_of(node.n_group_clause, node.group_clause);
    if (items.empty()) return {};
    s.has_grouping_sets = std::ranges::any_of(items, [](const auto* item) {
        return item->node_case == PG_QUERY__NODE__NODE_GROUPING_SET;
    });
    std::vector<grouping_set> sets{{}};
    for (const auto* item : items) {
        auto those = grouping_sets_of(item);
        if (!those) return those.error();
        if (sets.size() * those->size() > grouping_sets_max) {
            return t.unsupported_at("more than 256 grouping sets", location_of(item));
        }
        sets = crossed(sets, *those);
    }
    s.grouped = true;
    s.group_keys = std::move(group_texts_);
    if (!s.has_grouping_sets) {
        for (const auto& key : parts.group_keys) {
            parts.group += (parts.group.empty() ? "" : ", ") + key;
        }
        if (parts.group.empty()) parts.group = "NULL";  // constants only: still one group
        return {};
    }
    if (node.group_distinct) remove_equal(sets);
    parts.grouping_sets = std::move(sets);
    return {};
}

// (a, b) of a grouping set, or an expression by itself.
result<grouping_set> select_builder::grouping_set_of(const PgQuery__Node* key) {
    std::span<PgQuery__Node* const> items(const_cast<PgQuery__Node* const*>(&key), 1);
    if (key->node_case == PG_QUERY__NODE__NODE_ROW_EXPR &&
        key->row_expr->row_format == PG_QUERY__COERCION_FORM__COERCE_IMPLICIT_CAST) {
        items = list_of(key->row_expr->n_args, key->row_expr->args);
    }
    grouping_set out;
    for (const auto* item : items) {
        auto number = add_group_key(item);
        if (!number) return number.error();
        if (std::ranges::find(out, *number) == out.end()) out.push_back(*number);
    }
    return out;
}

result<std::vector<grouping_set>> select_builder::grouping_sets_of(const PgQuery__Node* key) {
    std::vector<grouping_set> out;
    if (key->node_case != PG_QUERY__NODE__NODE_GROUPING_SET) {
        auto set = grouping_set_of(key);
        if (!set) return set.error();
        out.push_back(std::move(*set));
        return out;
    }
    const auto items = list_of(key->grouping_set->n_content, key->grouping_set->content);
    if (key->grouping_set->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_SETS) {
        for (const auto* item : items) {
            auto those = grouping_sets_of(item);
            if (!those) return those.error();
            out.insert(out.end(), those->begin(), those->end());
        }
        return out;
    }
    // With each item of CUBE and without it; of ROLLUP, without it and all that follow.
    const bool is_cube = key->grouping_set->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_CUBE;
    out.push_back({});
    for (const auto* item : items) {
        auto set = grouping_set_of(item);
        if (!set) return set.error();
        if (out.size() * 2 > grouping_sets_max) {
            return t.unsupported_at("more than 256 grouping sets", key->grouping_set->location);
        }
        auto more = crossed(is_cube ? out : std::vector<grouping_set>{out.front()}, {*set});
        out.insert(out.begin(), more.begin(), more.end());
    }
    return out;
}

result<std::size_t> select_builder::add_group_key(const PgQuery__Node* key) {
    auto index = find_group_target(key);
    if (!index) return index.error();
    auto* source = *index ? &sources[**index] : nullptr;
    auto e = source != nullptr && source->value
                 ? result<expr>(*source->value)
                 : t.expression(source != nullptr ? source->node : key, s, clause::group_by);
    if (!e) return e.error();
    auto settled = t.settle_unknown(std::move(*e));
    if (!settled) return settled.error();
    if (settled->is_row) return t.unsupported_at("values of type record", settled->location);
    if (auto fine = check_equality(*settled); !fine) return fine.error();
    const auto text = unmarked(settled->sql);
    const auto known = std::ranges::find(group_texts_, text);
    const auto number = static_cast<std::size_t>(known - group_texts_.begin());
    if (s.has_grouping_sets && (settled->constant || number >= grouping_keys_max)) {
        return t.unsupported_at("grouping sets of constants or of more than 64 keys",
                                settled->location);
    }
    bool reads_outer = false, reads_own = false;
    for (const auto& use : settled->columns) {
        (use.entry->home != &s ? reads_outer : reads_own) = true;
        if (use.entry->home != &s) uses.push_back(use);
    }
    // In SQLite GROUP BY cannot read an outer query's columns. By themselves they group nothing.
    if (reads_outer && (reads_own || s.has_grouping_sets)) {
        return t.unsupported_at("GROUP BY of columns of an outer query", settled->location);
    }
    if (known == group_texts_.end()) {
        group_texts_.push_back(text);
        if (s.has_grouping_sets || !(settled->constant || reads_outer)) {
            parts.group_keys.push_back(translator::key_sql(*settled));
        }
    }
    if (source != nullptr) {
        std::erase_if(settled->columns,
                      [&](const column_use& use) { return use.entry->home == &s; });
        if (s.has_grouping_sets) {
            settled->sql = mark_key(number, settled->sql);
            settled->not_null = false;
        }
        source->value = std::move(*settled);
    }
    return number;
}

result<void> select_builder::check_equality(const expr& e) {
    if (t.resolve_operator("=", e.type.id, e.type.id, e.location)) return {};
    return t.at(
        sql_error(sqlstate::undefined_function,
                  "could not identify an equality operator for type " + type_display(e.type.id)),
        e.location);
}

// ORDER BY 2, ORDER BY alias: here the select item comes before a column of FROM.
result<std::optional<std::size_t>> select_builder::find_order_target(const PgQuery__Node* key) {
    if (const auto position = position_of(key)) {
        if (*position < 1 || static_cast<std::size_t>(*position) > parts.targets.size()) {
            return t.at(not_in_list("ORDER BY", *position), location_of(key));
        }
        return std::optional(static_cast<std::size_t>(*position) - 1);
    }
    if (is_constant(key)) return t.at(non_integer("ORDER BY"), location_of(key));
    const auto name = bare_name(key);
    std::optional<std::size_t> found;
    if (name.empty()) return found;
    for (std::size_t i = 0; i < parts.targets.size(); ++i) {
        if (parts.targets[i].name != name) continue;
        const auto& value = parts.targets[i].value;
        const auto differs = [&](const expr& other) {
            return other.sql != value.sql || other.type.id != value.type.id;
        };
        if (found && differs(parts.targets[*found].value)) {
            return t.at(sql_error(sqlstate::ambiguous_column,
                                  "ORDER BY \"" + std::string(name) + "\" is ambiguous"),
                        location_of(key));
        }
        if (!found) found = i;
    }
    return found;
}

result<void> select_builder::build_order() {
    for (const auto* item : list_of(node.n_sort_clause, node.sort_clause)) {
        auto index = find_order_target(item->sort_by->node);
        if (!index) return index.error();
        result<expr> value = expr{};
        if (*index) {
            auto& target = parts.targets[**index].value;
            auto settled = t.settle_unknown(std::move(target));
            if (!settled) return settled.error();
            target = std::move(*settled);
            value = target;
        } else if (!parts.values.empty()) {
            return t.unsupported_at("ORDER BY expressions over VALUES", -1);
        } else {
            auto e = t.expression(item->sort_by->node, s, clause::order_by);
            if (!e) return e.error();
            value = t.settle_unknown(std::move(*e));
        }
        if (!value) return value.error();
        for (std::size_t i = 0; i < parts.targets.size() && !*index; ++i) {
            if (parts.targets[i].value.sql == value->sql) *index = i;
        }
        if (*index && location_of(item->sort_by->node) >= 0) {
            value->location = location_of(item->sort_by->node);
        }
        auto key = t.sort_key_of(*item->sort_by, std::move(*value));
        if (!key) return key.error();
        parts.order.push_back({.key = std::move(*key), .target = *index});
    }
    return {};
}

result<void> select_builder::build_distinct() {
    const auto items = list_of(node.n_distinct_clause, node.distinct_clause);
    if (items.empty()) return {};
    const bool plain = items.size() == 1 && (items[0] == nullptr ||
                                             items[0]->node_case == PG_QUERY__NODE__NODE__NOT_SET);
    if (plain) {
        parts.distinct = true;
        for (const auto& target : parts.targets) {
            if (auto fine = check_equality(target.value); !fine) return fine;
        }
        for (const auto& item : parts.order) {
            if (item.target) continue;
            return t.at(sql_error(sqlstate::invalid_column_reference,
                                  "for SELECT DISTINCT, ORDER BY expressions must appear in select "
                                  "list"),
                        item.key.value.location);
        }
        return {};
    }
    for (const auto* key : items) {
        auto index = find_order_target(key);
        if (!index) return index.error();
        auto e = *index ? result<expr>(parts.targets[**index].value)
                        : t.expression(key, s, clause::select_target);
        if (!e) return e.error();
        if (*index && location_of(key) >= 0) e->location = location_of(key);
        auto settled = t.settle_unknown(std::move(*e));
        if (!settled) return settled.error();
        if (auto fine = check_equality(*settled); !fine) return fine;
        parts.distinct_on.push_back(std::move(*settled));
    }
    const auto leading = std::min(parts.order.size(), parts.distinct_on.size());
    for (std::size_t i = 0; i < leading; ++i) {
        const auto& key = parts.order[i].key.value;
        const bool known =
            std::ranges::any_of(parts.distinct_on, [&](const expr& e) { return e.sql == key.sql; });
        if (!known) {
            return t.at(sql_error(sqlstate::invalid_column_reference,
                                  "SELECT DISTINCT ON expressions must match initial ORDER BY "
                                  "expressions"),
                        parts.distinct_on.front().location);
        }
    }
    return {};
}

namespace {

// All columns of the entry's primary key are grouping keys: its other columns follow from them.
bool key_is_grouped(const range_entry& entry, const std::vector<std::string>& keys) {
    if (entry.relation == nullptr) return false;
    const auto* primary = entry.relation->primary_key();
    if (primary == nullptr) return false;
    return std::ranges::all_of(primary->columns, [&](std::int16_t attnum) {
        return std::ranges::any_of(entry.columns, [&](const range_column& c) {
            return c.attnum == attnum && std::ranges::find(keys, c.sql) != keys.end();
        });
    });
}

}  // namespace

// What would have to be computed once for all sets, or see a key as the set has it.
result<void> select_builder::check_grouping_sets() {
    if (!s.has_grouping_sets) return {};
    if (parts.with_ties || !parts.distinct_on.empty()) {
        return t.unsupported_at("DISTINCT ON and WITH TIES beside grouping sets", -1);
    }
    if (s.is_volatile) {
        return t.unsupported_at("grouping sets of rows that are computed at random", -1);
    }
    for (const auto& target : parts.targets) {
        if (!target.value.has_window) continue;
        return t.unsupported_at("window functions beside grouping sets", target.value.location);
    }
    for (const auto& item : parts.order) {
        if (!item.key.value.has_window) continue;
        return t.unsupported_at("window functions beside grouping sets", -1);
    }
    return {};
}

result<void> select_builder::check_grouping() {
    if (!s.grouped && !s.has_aggregate) return {};
    if (auto fine = check_grouping_sets(); !fine) return fine;
    std::vector<std::string> common;  // keys of all sets
    for (std::size_t key = 0; key < s.group_keys.size(); ++key) {
        const auto has_it = [key](const auto& set) {
            return std::ranges::find(set, key) != set.end();
        };
        if (std::ranges::all_of(parts.grouping_sets, has_it)) common.push_back(s.group_keys[key]);
    }
    const auto check = [&](const std::vector<column_use>& list) -> result<void> {
        for (const auto& use : list) {
            if (use.entry->home != &s) continue;
            const auto& column = use.entry->column_at(use.column);
            const bool is_key = std::ranges::find(s.group_keys, column.sql) != s.group_keys.end();
            if (is_key && s.has_grouping_sets) {
                return t.unsupported_at("subqueries that use a key of grouping sets", use.location);
            }
            if (is_key || key_is_grouped(*use.entry, common)) continue;
            const std::string name =
                use.entry->alias.empty() ? column.name : use.entry->alias + "." + column.name;
            return t.at(sql_error(sqlstate::grouping_error,
                                  "column \"" + name +
                                      "\" must appear in the GROUP BY clause or be used in an "
                                      "aggregate function"),
                        use.location);
        }
        return {};
    };
    for (const auto& target : parts.targets) {
        if (auto fine = check(target.value.columns); !fine) return fine;
    }
    for (const auto& item : parts.order) {
        if (auto fine = check(item.key.value.columns); !fine) return fine;
    }
    for (const auto& e : parts.distinct_on) {
        if (auto fine = check(e.columns); !fine) return fine;
    }
    return check(uses);
}

}  // namespace historyd::sql
