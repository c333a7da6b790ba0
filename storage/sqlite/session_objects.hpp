#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/schema/schema.hpp"

namespace historyd::sqlite {

// What a session has made and nobody else sees: pg_prepared_statements and pg_cursors.
struct session_objects {
    struct prepared_statement {
        std::string name, statement;
        std::int64_t created_us = 0;
        std::vector<schema::oid> parameter_types;
        bool from_sql = false;  // PREPARE, else the protocol's Parse
    };
    struct cursor {
        std::string name, statement;
        bool holdable = false, binary = false, scrollable = false;
        std::int64_t created_us = 0;
    };
    std::vector<prepared_statement> statements;
    std::vector<cursor> cursors;
};

}  // namespace historyd::sqlite
