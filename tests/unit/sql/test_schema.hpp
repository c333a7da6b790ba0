#pragma once

#include <memory>
#include <string>

#include "storage/schema/schema.hpp"
#include "storage/sql/translate.hpp"

namespace historyd::sql::testing {

// The tables of test_schema.sql as a schema: history and messages as mem0 has them, inf with a
// column of each type, and a few for joins. OIDs from 16384 in this order.
std::shared_ptr<const schema::schema> test_schema();

// The same tables for SQLite.
std::string test_schema_sqlite();

// Parses and translates one statement against test_schema().
result<plan_ptr> translate_text(const std::string& sql, std::span<const oid> parameter_types = {});

}  // namespace historyd::sql::testing
