#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace historyd::schema {

// The tables that mem0's own storage has, and what it looks rows up by: without an index of its
// own on it.
struct mem0_table {
    std::string_view name;
    std::string_view lookup_column;
};

inline constexpr std::array mem0_tables{
    mem0_table{"history", "memory_id"},
    mem0_table{"messages", "session_scope"},
    mem0_table{"memory_history", "memory_id"},
};

// mem0 may open the file between two runs of historyd, and then writes timestamps in its own way.
inline bool is_mem0_table(std::string_view name) {
    return std::ranges::find(mem0_tables, name, &mem0_table::name) != mem0_tables.end();
}

}  // namespace historyd::schema
