#pragma once

#include <string>

#include "storage/base/sql_error.hpp"
#include "storage/sql/nodes.hpp"

namespace historyd::sql {

// A statement's tree as SQL text again, on one line: what is stored of a view.
result<std::string> statement_text(const PgQuery__Node& node);

// The same of DDL, with IF NOT EXISTS, OR REPLACE and IF EXISTS wherever the statement has room for
// it: it may be run where its effect is there already.
result<std::string> repeatable_text(const PgQuery__Node& node);

}  // namespace historyd::sql
