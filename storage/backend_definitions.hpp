#pragma once

#include <string>
#include <vector>

#include "storage/postgres/connection.hpp"

// What a backend's own catalog says of its tables, as statements that make them here.

namespace historyd {

struct backend_table {
    std::string name;     // quoted and qualified
    std::string create;   // CREATE TABLE with constraints; an index's is its own statement
    std::string columns;  // those that are stored, quoted, for a column list
    std::size_t column_count = 0;
    // The primary key as the rows are ordered by it here, text by bytes. Empty: there is none.
    std::string key, key_descending;        // a, b | a DESC, b DESC
    std::string key_order, key_parameters;  // a COLLATE "C", b | $1::text, $2::integer
    bool resumable = false;                 // both sides order keys of its types alike
    bool has_foreign_keys = false;          // refers to others or is referred to
};

struct backend_index {
    std::string name, create;
};

struct backend_sequence {
    std::string name, create;
    std::string own;       // ALTER SEQUENCE ... OWNED BY; may be empty
    std::string position;  // SELECT setval(...); empty: it was never used
};

struct backend_definitions {
    std::string backend_uuid;  // empty: no historyd has been here yet
    std::vector<backend_table> tables;
    std::vector<backend_index> indexes;
    std::vector<backend_sequence> sequences;
};

// The queries, in the search path's schemas, and what their results say. For one transaction.
std::vector<postgres::query> definition_queries();
backend_definitions definitions_of(const std::vector<postgres::rows>& results);
// Asked only when there is a table historyd.meta.
postgres::query backend_uuid_query();

}  // namespace historyd
