#pragma once

#include <string_view>
#include <vector>

#include "proxy/rest/query/sql_text.hpp"

namespace historyd::rest {

// What mem0's Node SDK asks the users of its supabase history store to create, and an index for its
// only question. Nothing happens where the table is there already.
std::vector<sql_statement> mem0_table_statements(std::string_view table_name);

}  // namespace historyd::rest
