#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <span>

#include "storage/schema/schema.hpp"

namespace historyd::sql {

// Whether a SELECT looks like the lookup of a few rows by key: constants, or columns of one table
// of the user's whose columns are compared with constants and parameters for equality. Nothing in
// it can wait or take long by itself (no functions, no pattern matching); how many rows it meets is
// not known. `reads`: the tables that its translation found.
bool is_brief(const PgQuery__Node& statement, const schema::schema& schema,
              std::span<const types::oid> reads);

// Whether an expression is made of constants and parameters alone, casts and || included: then it
// neither waits nor takes long.
bool is_brief_expression(const PgQuery__Node* expression);

}  // namespace historyd::sql
