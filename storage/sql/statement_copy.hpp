#pragma once

#include "storage/sql/nodes.hpp"
#include "storage/sql/statement.hpp"

namespace historyd::sql {

// COPY with its options, old and new spelling. Part of classify().
// Errors: 0A000 for files, programs and WHERE; 22023 and 42601 as PostgreSQL words them.
result<statement> copy_of(const raw_statement& raw, const PgQuery__CopyStmt& node);

}  // namespace historyd::sql
