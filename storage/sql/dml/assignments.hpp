#pragma once

#include "storage/sql/dml/target.hpp"

namespace historyd::sql {

// SET's list, of UPDATE and of ON CONFLICT DO UPDATE: "c" = value, ... Errors: 42703 unknown
// column, 42601 assigned twice, 428C9 generated or identity column, 42804 wrong type. Returns:
// empty when nothing is left to assign.
result<std::string> assignments(translator& t, const schema::relation& table, node_list items,
                                scope& names);

// The same list where there is one. Generated columns alone are recomputed by writing any column.
std::string something_to_set(const change_target& target, const std::string& list);

}  // namespace historyd::sql
