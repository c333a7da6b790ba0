#pragma once

#include "storage/sql/nodes.hpp"
#include "storage/sql/parse.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::sql {

// The type a TypeName node names, with its modifier. Errors: 42704 with position, as PostgreSQL
// words it; 22023 for a modifier out of range; 0A000 for %TYPE and SETOF.
result<types::type_ref> resolve_type_name(const raw_statement& raw, const PgQuery__TypeName& node);

}  // namespace historyd::sql
