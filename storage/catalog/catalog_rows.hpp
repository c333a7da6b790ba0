#pragma once

#include <memory>
#include <unordered_map>

#include "storage/catalog/catalog_table.hpp"

namespace historyd::catalog {

// The rows about PostgreSQL's own catalogs: made on first use, once for the process. Any thread.
const row_set& fixed_rows(const relation_fact& fact);

// The rows of the catalog relations for one connection, made on first use and kept for as long as
// the schema is the same, and the session's temporary tables are. On the connection's thread only.
class catalog_rows {
public:
    // Returns: rows beside the fixed ones; nullptr when there are none.
    std::shared_ptr<const row_set> rows(const relation_fact& fact,
                                        const sqlite::statement_context* context);

private:
    schema::schema_ptr schema_;  // what kept_ was made from
    std::string temporary_schema_;
    std::unordered_map<const relation_fact*, std::shared_ptr<const row_set>> kept_;
};

}  // namespace historyd::catalog
