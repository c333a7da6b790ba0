#pragma once

#include <optional>
#include <string>

#include "storage/sql/parse.hpp"

namespace historyd::sql {

// A SELECT as text for a backend that has the same tables. Nothing when another server would give
// another answer for what it is and not for its rows: catalogs, OIDs, who and where the session is,
// sequences. Pure.
std::optional<std::string> backend_text(const raw_statement& statement);

}  // namespace historyd::sql
