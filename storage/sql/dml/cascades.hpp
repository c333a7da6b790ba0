#pragma once

#include <set>

#include "storage/schema/schema.hpp"

namespace historyd::sql {

// Whether ON DELETE CASCADE leads from a row of the table to others of the same table.
bool cascades_into_itself(const schema::schema& s, schema::oid table);

// The table, and those that foreign keys carry an UPDATE or DELETE of it on to.
std::set<schema::oid> changed_with(const schema::schema& s, schema::oid table);

}  // namespace historyd::sql
