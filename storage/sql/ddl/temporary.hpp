#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <optional>

#include "storage/sql/translate.hpp"

namespace historyd::sql {

// The schema as a statement sees it that makes temporary objects or writes "pg_temp": that name
// stands for the session's own namespace, which is there, if only from this statement on.
// Returns: nothing where the statement does neither, or the session can have no such namespace.
std::optional<schema::schema> with_temporary_schema(const raw_statement& statement,
                                                    const translate_input& input);

// ON COMMIT of a new table. Returns: nothing when its rows just stay. Error: 42P16 of a table that
// is not temporary.
result<std::optional<commit_action>> on_commit(const schema::schema& s,
                                               PgQuery__OnCommitAction action,
                                               const schema::relation& r);

}  // namespace historyd::sql
