#pragma once

#include "storage/sql/translate/translator.hpp"

// One function per DML statement, each in the file of its name.

namespace historyd::sql {

result<std::shared_ptr<plan>> insert_rows(translator& t, const PgQuery__InsertStmt& node);
result<std::shared_ptr<plan>> update_rows(translator& t, const PgQuery__UpdateStmt& node);
result<std::shared_ptr<plan>> delete_rows(translator& t, const PgQuery__DeleteStmt& node);
result<std::shared_ptr<plan>> merge_rows(translator& t, const PgQuery__MergeStmt& node);
result<std::shared_ptr<plan>> truncate_tables(translator& t, const PgQuery__TruncateStmt& node);

}  // namespace historyd::sql
