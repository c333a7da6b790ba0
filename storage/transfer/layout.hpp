#pragma once

#include <vector>

#include "storage/transfer/record.hpp"

namespace historyd::transfer {

// Where each present column comes from in a table as some version of mem0 made it.
struct layout {
    std::size_t table = 0;
    // For each present column, positions in the source's row: the first that is not NULL counts.
    std::vector<std::vector<std::size_t>> sources;
};

// Returns: nullopt when the table is none of mem0's. An empty name: by the columns alone.
std::optional<layout> layout_of(std::string_view table_name,
                                const std::vector<std::string>& columns);

// One row of the source as a canonical record.
void assemble(const layout& l, std::span<const value_view> row, record& out);

}  // namespace historyd::transfer
