#pragma once

#include <string>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sql/plan.hpp"
#include "storage/sqlite/statement_context.hpp"
#include "storage/writer/writer.hpp"

// Concrete rows of an INSERT ... VALUES: evaluated and checked without SQL. Pure but for sequences
// and sinks.

namespace historyd {

using rows_of_values = std::vector<std::vector<value>>;

// Whether an INSERT's rows are known without SQL, and what RETURNING gives as well. Rows that may
// refer to each other (FOREIGN KEY) are not: they have to go in by one statement.
bool is_concrete(const sql::plan& plan);

// Evaluates plan.insert->rows with the bound parameters and checks them for NOT NULL.
// Requires: plan.insert is set and its rows are not empty.
result<rows_of_values> evaluate_concrete(const sql::plan& plan,
                                         const std::vector<value>& parameters,
                                         const sqlite::statement_context& context);

// Returns: 23502 as PostgreSQL words it for the first NULL where the table wants none.
result<void> check_not_null(const sql::plan& plan, const rows_of_values& rows,
                            const sqlite::statement_context& context);

// The rows' unique key as one string: equal strings mean equal keys. Empty when a column is NULL,
// which never conflicts.
std::string unique_key_text(const sql::plan& plan, const sql::concrete_insert::unique_key& key,
                            const std::vector<value>& row);

// 23505 with PostgreSQL's DETAIL: Key (id)=(x) already exists.
sql_error duplicate_key(const sql::plan& plan, const sql::concrete_insert::unique_key& key,
                        const std::vector<value>& row, const sqlite::statement_context& context);

// Gives a sink what RETURNING gives. Requires: insert.returning_sql is empty.
result<void> give_columns(const sql::concrete_insert& insert, const rows_of_values& rows,
                          row_sink& sink);

// A statement for the writer: rows where they are concrete, and then the sink has their RETURNING
// already; else the plan's SQL, which the writer gives the sink.
result<writer::write_statement> write_of(const sql::plan_ptr& plan,
                                         const std::vector<value>& parameters,
                                         const sqlite::statement_context& context, row_sink& sink);

}  // namespace historyd
