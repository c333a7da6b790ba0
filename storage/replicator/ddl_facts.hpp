#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace historyd::replicator {

// What makes a schema change that the backend refuses one that is done there already.
struct ddl_facts {
    bool drops = false;     // what it names is to be gone
    bool is_index = false;  // CREATE INDEX of one that is not unique
    // CREATE TABLE: its name, and what a table of that name has to have.
    std::string schema_name, table_name;
    std::vector<std::string> columns;
};

// Pure; by PostgreSQL's own grammar. Nothing is known of text that does not parse.
ddl_facts facts_of(std::string_view sql);

// The refusal says that what the change makes, or removes, is there, or is gone, already.
bool is_done_already(const ddl_facts& facts, std::string_view sqlstate);

}  // namespace historyd::replicator
