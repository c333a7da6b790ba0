#pragma once

#include "storage/sqlite/database.hpp"

namespace historyd::catalog {

// Registers the functions over the catalog; what they are called with is in
// storage/sql/function_map/catalog.cpp.
result<void> register_catalog_functions(sqlite::database& db);

}  // namespace historyd::catalog
