#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/database.hpp"

namespace historyd::transfer {

// A name as both SQLite and PostgreSQL quote it.
std::string quoted_name(std::string_view name);

// The columns of a table, in order; none when there is no such table.
result<std::vector<std::string>> columns_of(sqlite::database& db, const std::string& table);

}  // namespace historyd::transfer
