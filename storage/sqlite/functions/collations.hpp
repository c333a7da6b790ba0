#pragma once

#include "storage/sqlite/database.hpp"

namespace historyd::sqlite {

// The collations of types::type_info::collation.
result<void> add_collations(database& db);

}  // namespace historyd::sqlite
