#pragma once

#include <cstddef>

#include "storage/sql/nodes.hpp"

namespace historyd::sql {

// Where an expression begins in the query string, in bytes; -1 when unknown. Of an infix expression
// that is its left operand, as PostgreSQL reports it.
int node_location(const PgQuery__Node* node);

// Where the item at `index` of a SELECT's list begins.
int list_location(const PgQuery__Node* select, std::size_t index);

}  // namespace historyd::sql
