#pragma once

#include <map>
#include <memory>

#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::catalog {

// What historyd's own tables say, whether or not the user's tables are still there.
struct own_schema {
    std::map<schema::oid, schema::relation> relations;
    std::vector<schema::sequence> sequences;
    std::vector<schema::namespace_info> namespaces;  // made by CREATE SCHEMA
    schema::oid next_oid = schema::first_user_oid;
};

// Returns: empty when the tables are not there (a file historyd has not opened for writing yet).
result<own_schema> load_own_schema(sqlite::database& db);

}  // namespace historyd::catalog
