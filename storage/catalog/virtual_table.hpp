#pragma once

#include "storage/catalog/catalog_rows.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::catalog {

// Registers each catalog relation as an eponymous virtual table under its sqlite_name.
result<void> register_virtual_tables(sqlite::database& db);

}  // namespace historyd::catalog
