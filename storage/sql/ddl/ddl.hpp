#pragma once

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// CREATE, ALTER, DROP, COMMENT: the steps that change the user's tables and historyd's own in one
// transaction. Pure; the plan is good for the schema epoch it was made for.
// Returns: nullptr when the statement is no DDL.
result<std::shared_ptr<plan>> translate_definition(translator& t, const PgQuery__Node& node);

}  // namespace historyd::sql
