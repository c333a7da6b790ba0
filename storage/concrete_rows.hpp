#pragma once

#include <string>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sql/plan.hpp"
#include "storage/sqlite/statement_context.hpp"

// Concrete rows of an INSERT ... VALUES: evaluated and checked without SQL. Pure but for sequences.

namespace historyd {

using rows_of_values = std::vector<std::vector<value>>;

// Evaluates plan.insert->rows with the bound parameters.
// Requires: plan.insert is set and its rows are not empty.
result<rows_of_values> evaluate_sources(const sql::plan& plan, const std::vector<value>& parameters,
                                        const sqlite::statement_context& context);

// Returns: 23502 as PostgreSQL words it for the first NULL where the table wants none.
result<void> check_not_null(const sql::plan& plan, const rows_of_values& rows,
                            const sqlite::statement_context& context);

// The rows' unique key as one string: equal strings mean equal keys. Empty when a column is NULL,
// which never conflicts.
std::string unique_key_text(const sql::concrete_insert::unique_key& key,
                            const std::vector<value>& row);

// 23505 with PostgreSQL's DETAIL: Key (id)=(x) already exists.
sql_error duplicate_key(const sql::plan& plan, const sql::concrete_insert::unique_key& key,
                        const std::vector<value>& row, const sqlite::statement_context& context);

}  // namespace historyd
