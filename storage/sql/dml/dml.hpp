#pragma once

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// INSERT, UPDATE, DELETE and TRUNCATE.
// Returns: nullptr when the statement is none of them.
result<std::shared_ptr<plan>> translate_change(translator& t, const PgQuery__Node& node);

}  // namespace historyd::sql
