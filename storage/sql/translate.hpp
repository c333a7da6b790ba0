#pragma once

#include <span>

#include "storage/schema/schema.hpp"
#include "storage/settings/settings.hpp"
#include "storage/sql/parse.hpp"
#include "storage/sql/plan.hpp"

namespace historyd::sql {

// What name and type resolution depend on, besides the statement.
struct translate_input {
    const schema::schema& schema;
    std::shared_ptr<const types::io_settings> io;  // for literals
    // How definitions are written in the file, whatever a session's settings: ISO, UTC, names as
    // the search path "public" has them. Empty: as `io`.
    std::shared_ptr<const types::io_settings> stored_io = nullptr;
    std::vector<std::string> search_path;  // e.g. {"public"}; pg_catalog is implied first
    // The session's namespace for temporary tables, whether it is there yet or not. Empty: it can
    // have none.
    std::string temporary_schema = {};
    bool temporary_schema_is_new = false;  // only `schema` has it so far
    std::span<const oid> parameter_types;  // from Parse; 0 = to be inferred
    // There are no others: 42P02 for a parameter beyond them, which is inferred otherwise.
    bool parameters_fixed = false;
    std::string user, database;

    // The same with another schema.
    translate_input seeing(const schema::schema& other) const;
};

// Translates SELECT, VALUES, INSERT, UPDATE, DELETE, TRUNCATE and DDL. Pure: nothing is executed.
// Returns: 0A000 with a hint for what it does not know; PostgreSQL's own errors (42P01, 42703,
// 42883, 42804, ...) with position for what PostgreSQL would refuse.
result<plan_ptr> translate(const raw_statement& statement, const translate_input& input);

}  // namespace historyd::sql
