#pragma once

#include <sqlite3.h>

#include "storage/base/value.hpp"

namespace historyd::sqlite {

// What SQLite hands to a function or a hook; borrowed from it, converted to nothing.
value_view to_view(sqlite3_value* v);

}  // namespace historyd::sqlite
