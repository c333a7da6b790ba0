#pragma once

#include <optional>
#include <string>

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// The name in pg_collation of a collation whose order is that of the bytes, the only one there is
// here; empty for "default". Returns: nullopt for others.
std::optional<std::string> collation_named(std::string_view name);

// COLLATE of a column of `type`; empty without. Errors: 42804, 0A000.
result<std::string> collation_of(const translator& t, const PgQuery__ColumnDef& node,
                                 types::type_ref type);

}  // namespace historyd::sql
