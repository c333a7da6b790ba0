#pragma once

#include "storage/sqlite/database.hpp"

namespace historyd::sqlite {

// Registers every function, aggregate, collation and table-valued function that translated SQL
// calls, except those over the catalog. A database::extension.
result<void> register_functions(database& db);

}  // namespace historyd::sqlite
