#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <span>
#include <string_view>

// Short ways to read libpg_query's protobuf nodes. Absent strings arrive as empty ones.

namespace historyd::sql {

using node_list = std::span<PgQuery__Node* const>;

inline node_list list_of(std::size_t count, PgQuery__Node* const* items) { return {items, count}; }

// The characters of a String node; empty for any other node.
inline std::string_view string_of(const PgQuery__Node* node) {
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_STRING) return {};
    return node->string->sval;
}

// The last name of a qualified name (List of String nodes), and the one before it.
struct qualified_name {
    std::string_view schema, name;
    bool too_long = false;  // more than two parts
};
inline qualified_name qualified_name_of(node_list names) {
    qualified_name q;
    if (!names.empty()) q.name = string_of(names.back());
    if (names.size() > 1) q.schema = string_of(names[names.size() - 2]);
    q.too_long = names.size() > 2;
    return q;
}
inline qualified_name qualified_name_of(const PgQuery__Node* list) {
    if (list == nullptr || list->node_case != PG_QUERY__NODE__NODE_LIST) {
        return {.schema = {}, .name = string_of(list)};
    }
    return qualified_name_of(list_of(list->list->n_items, list->list->items));
}

}  // namespace historyd::sql
