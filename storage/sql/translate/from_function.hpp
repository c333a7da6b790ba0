#pragma once

#include "storage/sql/translate/translator.hpp"

// What the kinds of functions in FROM share.

namespace historyd::sql {

// AS (a int, b text) behind the function, or inside of ROWS FROM.
node_list column_definitions(const PgQuery__RangeFunction& node);

// WITH ORDINALITY, from the named column of what the entry reads.
void add_ordinality(range_entry& entry, std::string_view column);

}  // namespace historyd::sql
