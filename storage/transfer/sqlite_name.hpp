#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/database.hpp"

namespace historyd::transfer {

// The columns of a table, in order; none when there is no such table.
result<std::vector<std::string>> columns_of(sqlite::database& db, const std::string& table);

}  // namespace historyd::transfer
