#pragma once

#include "storage/sqlite/database.hpp"
#include "storage/writer/writer.hpp"

namespace historyd::writer {

// An error leaves nothing of the statement behind, without a savepoint around it: SQLite undoes one
// INSERT, UPDATE or DELETE by itself. Not so when a sink can refuse a row after the fact, when the
// statement is many in SQLite, or when it is a list of steps.
bool is_atomic_by_itself(const write_statement& statement);

// Runs one statement that is no list of steps, in the open transaction, as the connection's
// context. Errors carry PostgreSQL's DETAIL where the row is known.
result<statement_outcome> run_statement(sqlite::database& db, const write_statement& statement,
                                        const schema::schema& schema);

}  // namespace historyd::writer
