#pragma once

#include "storage/sql/nodes.hpp"
#include "storage/sql/statement.hpp"

// SET, RESET, BEGIN's options: the statements that carry settings. Part of classify().

namespace historyd::sql {

result<statement> set_or_reset(const PgQuery__VariableSetStmt& node);

// ISOLATION LEVEL, READ ONLY and DEFERRABLE of BEGIN, START TRANSACTION and SET TRANSACTION.
result<transaction_options> transaction_options_of(node_list options);

}  // namespace historyd::sql
