#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/postgres/connection.hpp"

namespace historyd::replicator {

// A column of a table on the backend, as its catalog describes it.
struct remote_column {
    std::string name;
    std::string type;       // without its modifier: an explicit cast to varchar(5) would cut
    std::string full_type;  // with it
    bool generated = false;
    bool identity_always = false;  // takes no value in UPDATE
    std::string sequence;          // that the column owns and we may move; empty when there is none
    bool counts_down = false;      // the sequence does
};

struct remote_table {
    std::string schema_name, name;
    std::vector<remote_column> columns;
    bool has_foreign_keys = false;    // refers to others or is referred to
    bool has_keys_to_defer = false;   // DEFERRABLE ones that are INITIALLY IMMEDIATE
    bool wants_memory_index = false;  // mem0's history without an index on memory_id

    const remote_column* find(std::string_view column) const;
    // Quoted and qualified.
    std::string sql_name() const;
};

// By qualified, quoted name.
using remote_tables = std::map<std::string, remote_table, std::less<>>;

// One query for one table; no rows when it is not there. Without a schema: where CREATE would put
// it.
postgres::query describe_table(const std::string& schema_name, const std::string& name);
remote_table table_of(const std::string& schema_name, const std::string& name,
                      const postgres::rows& described);

}  // namespace historyd::replicator
