#include "storage/sql/translate/select_parts.hpp"

#include <algorithm>
#include <unordered_set>

namespace historyd::sql {

namespace {

// The expression's own text, unless computing it twice could give another value or cost twice.
bool is_repeatable(const expr& e) {
    return !e.is_volatile && !e.has_subquery && !e.has_window && !e.has_aggregate;
}

std::string order_sql(const select_parts& parts, bool by_position) {
    std::string out;
    for (const auto& item : parts.order) {
        auto key = item.key;
        const bool position = item.target && (by_position || item.reads_outer ||
                                              !is_repeatable(parts.targets[*item.target].value));
        if (position) {
            key.value.sql = std::to_string(*item.target + 1);
        } else if (key.value.constant) {
            continue;  // SQLite would take an integer for a position; a constant orders nothing
        }
        out += (out.empty() ? "" : ", ") + translator::sort_sql(key);
    }
    return out.empty() ? out : " ORDER BY " + out;
}

std::string list_sql(const select_parts& parts, std::span<const std::string> names, bool collated) {
    std::string out;
    for (std::size_t i = 0; i < parts.targets.size(); ++i) {
        const auto& value = parts.targets[i].value;
        out += (i > 0 ? ", " : "") + value.sql;
        // A column of a subquery is compared as what made it says.
        out += collated || parts.distinct ? collate_clause(value.type.id, value.sql)
                                          : stray_clause(value.type.id, value.sql);
        if (!names.empty()) out += " AS " + quote_name(names[i]);
    }
    return out.empty() ? "NULL" : out;  // a row of no columns still is a row
}

std::string tail_sql(const select_parts& parts, std::string_view group) {
    std::string out;
    if (!parts.from.empty()) out += " FROM " + parts.from;
    if (!parts.where.empty()) out += " WHERE " + parts.where;
    if (!group.empty()) out += " GROUP BY " + std::string(group);
    if (!parts.having.empty()) out += " HAVING " + parts.having;
    return out;
}
std::string tail_sql(const select_parts& parts) { return tail_sql(parts, parts.group); }

std::string values_sql(const select_parts& parts, std::span<const std::string> names,
                       bool collated) {
    std::string rows = "VALUES ";
    for (std::size_t r = 0; r < parts.values.size(); ++r) {
        rows += r > 0 ? ", (" : "(";
        for (std::size_t i = 0; i < parts.values[r].size(); ++i) {
            rows += (i > 0 ? ", " : "") + parts.values[r][i].sql;
        }
        rows += ")";
    }
    bool plain = names.empty() && parts.is_bare();
    for (const auto& t : parts.targets) {
        plain = plain && !(collated && !collate_clause(t.value.type.id).empty());
    }
    if (plain) return rows;
    std::string list;
    for (std::size_t i = 0; i < parts.targets.size(); ++i) {
        list += (i > 0 ? ", " : "") + std::string("column") + std::to_string(i + 1);
        if (collated) list += collate_clause(parts.targets[i].value.type.id);
        if (!names.empty()) list += " AS " + quote_name(names[i]);
    }
    return parts.with + "SELECT " + list + " FROM (" + rows + ")" + order_sql(parts, true) +
           limit_sql(parts.limit, parts.offset);
}

// DISTINCT ON, the first row of each group by the query's order, and WITH TIES, the rows up to the
// last one's equals: numbered inside, filtered outside. The keys of ORDER BY travel along so that
// the outer query can sort by them again.
std::string numbered_sql(const select_parts& parts, std::span<const std::string> names) {
    std::string inner, outer, partition, inside_order, outside_order;
    for (std::size_t i = 0; i < parts.targets.size(); ++i) {
        const auto column = "c" + std::to_string(i + 1);
        inner += parts.targets[i].value.sql + " AS " + column + ", ";
        outer += (i > 0 ? ", " : "") + column;
        if (!names.empty()) outer += " AS " + quote_name(names[i]);
    }
    for (const auto& e : parts.distinct_on) {
        partition += (partition.empty() ? "PARTITION BY " : ", ") + translator::key_sql(e);
    }
    for (std::size_t i = 0; i < parts.order.size(); ++i) {
        auto key = parts.order[i].key;
        inside_order += (i > 0 ? ", " : " ORDER BY ") + translator::sort_sql(key);
        const auto column = "k" + std::to_string(i + 1);
        inner += key.value.sql + " AS " + column + ", ";
        key.value.sql = column;
        outside_order += (i > 0 ? ", " : " ORDER BY ") + translator::sort_sql(key);
    }
    const auto over = " OVER (" + partition + inside_order + ")";
    std::string place = "row_number()" + over + " AS place", wanted = "place = 1";
    std::string limit = limit_sql(parts.limit, parts.offset);
    if (parts.with_ties) {
        place += ", rank()" + over + " AS tie";
        const auto offset = parts.offset.empty() ? "0" : parts.offset;
        wanted = "place > " + offset;
        if (!parts.limit.empty()) wanted += " AND tie <= " + offset + " + " + parts.limit;
        limit.clear();
    }
    return parts.with + "SELECT " + outer + " FROM (SELECT " + inner + place + tail_sql(parts) +
           ") WHERE " + wanted + outside_order + limit;
}

// One query for each grouping set, whose rows come together. The count makes one row of the set
// without keys.
std::string grouping_sets_sql(const select_parts& parts, const std::string& list) {
    std::string rows;
    for (const auto& set : parts.grouping_sets) {
        std::string group;
        for (const auto key : set) group += (group.empty() ? "" : ", ") + parts.group_keys[key];
        const auto one = "SELECT " + list + ", count(*)" + tail_sql(parts, group);
        rows += (rows.empty() ? "" : " UNION ALL ") + chosen(one, set);
    }
    return rows;
}

// In SQLite ORDER BY cannot read an outer query's columns, but the select list can.
bool orders_by_outer(const select_parts& parts) {
    return std::ranges::any_of(
        parts.order, [](const order_item& item) { return item.reads_outer && !item.target; });
}

// The rows made inside, with the keys of ORDER BY; what is done with all of them (DISTINCT, ORDER
// BY, LIMIT) is done outside.
std::string finished_outside_sql(const select_parts& parts, std::span<const std::string> names,
                                 bool collated) {
    std::string list, outer, order;
    for (std::size_t i = 0; i < parts.targets.size(); ++i) {
        const auto& value = parts.targets[i].value;
        const auto column = "c" + std::to_string(i + 1);
        list += (list.empty() ? "" : ", ") + value.sql + stray_clause(value.type.id, value.sql);
        list += " AS " + column;
        outer += (i > 0 ? ", " : "") + column;
        if (collated || parts.distinct) outer += collate_clause(value.type.id);
        if (!names.empty()) outer += " AS " + quote_name(names[i]);
    }
    for (std::size_t i = 0; i < parts.order.size(); ++i) {
        auto key = parts.order[i].key;
        auto column = "k" + std::to_string(i + 1);
        list += (list.empty() ? "" : ", ") + key.value.sql + " AS " + column;
        if (parts.order[i].target) column = std::to_string(*parts.order[i].target + 1);
        key.value.sql = column;
        order += (i > 0 ? ", " : " ORDER BY ") + translator::sort_sql(key);
    }
    if (list.empty()) list = "NULL";
    const auto rows = parts.grouping_sets.empty() ? "SELECT " + list + tail_sql(parts)
                                                  : grouping_sets_sql(parts, list);
    return parts.with + "SELECT " + (parts.distinct ? "DISTINCT " : "") +
           (outer.empty() ? "NULL" : outer) + " FROM (" + rows + ")" + order +
           limit_sql(parts.limit, parts.offset);
}

}  // namespace

int location_of(const PgQuery__Node* node) {
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_A_CONST:
            return node->a_const->location;
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            return node->column_ref->location;
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return node->func_call->location;
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return location_of(node->type_cast->arg);
        case PG_QUERY__NODE__NODE_A_EXPR:
            return node->a_expr->lexpr != nullptr ? location_of(node->a_expr->lexpr)
                                                  : node->a_expr->location;
        default:
            return -1;
    }
}

std::string limit_sql(const std::string& limit, const std::string& offset) {
    if (limit.empty() && offset.empty()) return {};
    std::string out = " LIMIT " + (limit.empty() ? "-1" : limit);
    if (!offset.empty()) out += " OFFSET " + offset;
    return out;
}

std::string assemble(const select_parts& parts, std::span<const std::string> names, bool collated) {
    if (!parts.values.empty()) return values_sql(parts, names, collated);
    if (!parts.distinct_on.empty() || parts.with_ties) return numbered_sql(parts, names);
    if (!parts.grouping_sets.empty() || orders_by_outer(parts)) {
        return finished_outside_sql(parts, names, collated);
    }
    return parts.with + "SELECT " + (parts.distinct ? "DISTINCT " : "") +
           list_sql(parts, names, collated) + tail_sql(parts) + order_sql(parts, parts.distinct) +
           limit_sql(parts.limit, parts.offset);
}

std::vector<std::string> unique_names(std::span<const target> targets) {
    std::vector<std::string> out;
    // SQLite takes no column of a subquery by these names, quoted or not.
    std::unordered_set<std::string> taken{"true", "false"};
    for (const auto& t : targets) {
        std::string name = t.name, folded;
        for (int n = 1;; ++n) {
            folded = name;
            for (auto& c : folded) {
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            }
            if (taken.insert(folded).second) break;
            name = t.name + ":" + std::to_string(n);
        }
        out.push_back(std::move(name));
    }
    return out;
}

}  // namespace historyd::sql
