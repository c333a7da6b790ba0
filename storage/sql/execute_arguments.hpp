#pragma once

#include <span>

#include "storage/sql/parse.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::sql {

// EXECUTE's arguments as a statement of their own: SELECT CAST(arg1 AS type1), ...; the tree of
// `origin` is kept alive by it. Requires: as many types as arguments.
raw_statement arguments_as_select(const raw_statement& origin,
                                  std::span<const PgQuery__Node* const> arguments,
                                  std::span<const types::type_ref> types);

}  // namespace historyd::sql
