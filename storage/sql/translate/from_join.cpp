#include <algorithm>

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace {

struct join_kind {
    std::string_view sql;
    bool left_nullable = false, right_nullable = false;
};

std::optional<join_kind> kind_of(PgQuery__JoinType type) {
    switch (type) {
        case PG_QUERY__JOIN_TYPE__JOIN_INNER:
            return join_kind{" JOIN "};
        case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
            return join_kind{" LEFT JOIN ", false, true};
        case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
            return join_kind{" RIGHT JOIN ", true, false};
        case PG_QUERY__JOIN_TYPE__JOIN_FULL:
            return join_kind{" FULL JOIN ", true, true};
        default:
            return std::nullopt;
    }
}

void make_nullable(std::span<range_entry* const> entries) {
    for (auto* entry : entries) {
        for (auto& column : entry->columns) column.not_null = false;
        if (!entry->tableoid) continue;
        const auto& r = *entry->relation;
        const auto* key = r.primary_key();
        const auto row = quote_name(entry->sqlite_alias) + "." +
                         (key == nullptr ? translator::rowid_name(r)
                                         : quote_name(r.find_column(key->columns.front())->name));
        entry->tableoid->sql =
            "(CASE WHEN " + row + " IS NOT NULL THEN " + std::to_string(r.id) + " END)";
    }
}

// The columns one side of a join offers by name alone, in order.
std::vector<std::pair<range_entry*, std::size_t>> columns_of(std::span<const visible_entry> shown) {
    std::vector<std::pair<range_entry*, std::size_t>> out;
    for (const auto& item : shown) {
        if (!item.by_column) continue;
        for (std::size_t i = 0; i < item.entry->columns.size(); ++i)
            out.emplace_back(item.entry, i);
    }
    return out;
}

}  // namespace

result<translator::from_piece> translator::from_join(const PgQuery__JoinExpr& node, scope& s) {
    const auto kind = kind_of(node.jointype);
    if (!kind) return unsupported_at("joins of this kind", -1);
    if (node.join_using_alias != nullptr) return unsupported_at("aliases of JOIN USING", -1);

    auto left = from_item(node.larg, s);
    if (!left) return left;
    // The right side may be a function of the left one's columns.
    const auto before = s.visible.size();
    s.visible.insert(s.visible.end(), left->shown.begin(), left->shown.end());
    auto right = from_item(node.rarg, s);
    if (right) {
        for (const auto& shown : right->shown) {
            if (!shown.by_name) continue;
            if (auto free = check_alias_free(s, *shown.entry, -1); !free) return free.error();
        }
    }
    s.visible.resize(before);
    if (!right) return right;

    const bool nested = node.rarg->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR;
    from_piece out;
    out.sql = left->sql + std::string(kind->sql) + (nested ? "(" + right->sql + ")" : right->sql);
    out.needs_brackets = left->needs_brackets || kind->left_nullable;
    out.entries = left->entries;
    out.entries.insert(out.entries.end(), right->entries.begin(), right->entries.end());

    if (node.is_natural || node.n_using_clause > 0) {
        auto on = join_using(node, *left, *right, out, s);
        if (!on) return on.error();
        if (!on->empty()) out.sql += " ON " + *on;
    } else {
        out.shown = left->shown;
        out.shown.insert(out.shown.end(), right->shown.begin(), right->shown.end());
        if (node.quals != nullptr) {
            // ON sees the two sides and nothing beside them.
            auto around = std::exchange(s.visible, out.shown);
            auto on = condition(node.quals, s, clause::join_on, "JOIN/ON");
            s.visible = std::move(around);
            if (!on) return on.error();
            s.outer_uses.insert(s.outer_uses.end(), on->columns.begin(), on->columns.end());
            out.sql += " ON " + on->sql;
        }
    }
    for (auto& shown : out.shown) shown.by_system_column = false;
    if (kind->left_nullable) make_nullable(left->entries);
    if (kind->right_nullable) make_nullable(right->entries);
    if (node.alias != nullptr) {
        auto& entry = s.add_entry();
        entry.alias = node.alias->aliasname;
        for (const auto& [from, index] : columns_of(out.shown)) {
            entry.columns.push_back(from->columns[index]);
        }
        out.shown = {{.entry = &entry}};
        out.entries.push_back(&entry);
        if (auto named = apply_column_aliases(entry, node.alias, -1); !named) return named.error();
    }
    return out;
}

// The condition of a USING or NATURAL join; its columns, merged ones first, become one FROM item.
result<std::string> translator::join_using(const PgQuery__JoinExpr& node, from_piece& left,
                                           from_piece& right, from_piece& out, scope& s) {
    const auto left_columns = columns_of(left.shown), right_columns = columns_of(right.shown);
    std::vector<std::string> names;
    if (node.is_natural) {
        for (const auto& [entry, index] : left_columns) {
            const auto& name = entry->columns[index].name;
            const bool shared = std::ranges::any_of(right_columns, [&](const auto& c) {
                return c.first->columns[c.second].name == name;
            });
            if (shared) names.push_back(name);
        }
    } else {
        for (const auto* name : list_of(node.n_using_clause, node.using_clause)) {
            names.emplace_back(string_of(name));
        }
    }
    const auto pick = [&](const auto& columns, const std::string& name,
                          std::string_view side) -> result<range_column> {
        const range_column* found = nullptr;
        for (const auto& [entry, index] : columns) {
            const auto& column = entry->columns[index];
            if (column.name != name) continue;
            if (found != nullptr) {
                return sql_error(sqlstate::ambiguous_column, "common column name \"" + name +
                                                                 "\" appears more than once in " +
                                                                 std::string(side) + " table");
            }
            found = &column;
        }
        if (found == nullptr) {
            return sql_error(sqlstate::undefined_column,
                             "column \"" + name +
                                 "\" specified in USING clause does not exist in " +
                                 std::string(side) + " table");
        }
        return *found;
    };
    auto& merged = s.add_entry();
    std::string on;
    for (const auto& name : names) {
        auto a = pick(left_columns, name, "left");
        if (!a) return a.error();
        auto b = pick(right_columns, name, "right");
        if (!b) return b.error();
        expr l, r;
        l.sql = a->sql;
        l.type = a->type;
        r.sql = b->sql;
        r.type = b->type;
        auto equal = compare("=", l, r, -1);
        if (!equal) return equal.error();
        on += (on.empty() ? "" : " AND ") + equal->sql;

        auto common = unify({&l, &r}, "JOIN/USING");
        if (!common) return common.error();
        range_column column = node.jointype == PG_QUERY__JOIN_TYPE__JOIN_RIGHT ? *b : *a;
        const bool full = node.jointype == PG_QUERY__JOIN_TYPE__JOIN_FULL;
        column.sql = full ? "coalesce(" + l.sql + ", " + r.sql + ")"
                     : node.jointype == PG_QUERY__JOIN_TYPE__JOIN_RIGHT ? r.sql
                                                                        : l.sql;
        if (full || a->type.id != b->type.id) {
            column.table = 0;
            column.attnum = 0;
            column.not_null = false;
        }
        column.type = {.id = *common, .typmod = a->type == b->type ? a->type.typmod : -1};
        merged.columns.push_back(std::move(column));
    }
    const auto add_rest = [&](const auto& columns, bool nullable) {
        for (const auto& [entry, index] : columns) {
            const auto& column = entry->columns[index];
            if (std::ranges::find(names, column.name) != names.end()) continue;
            merged.columns.push_back(column);
            if (nullable) merged.columns.back().not_null = false;
        }
    };
    const auto kind = kind_of(node.jointype);
    add_rest(left_columns, kind->left_nullable);
    add_rest(right_columns, kind->right_nullable);
    for (const auto* side : {&left.shown, &right.shown}) {
        for (auto item : *side) {
            item.by_column = false;
            out.shown.push_back(item);
        }
    }
    out.shown.push_back({.entry = &merged, .by_name = false});
    out.entries.push_back(&merged);
    return on;
}

}  // namespace historyd::sql
