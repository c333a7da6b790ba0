#pragma once

#include <string>
#include <string_view>

namespace historyd::sql {

// Stored PostgreSQL text after a column or table that it names was renamed: every identifier that
// is `from` becomes `to`, but for function names and type names.
std::string renamed_text(const std::string& text, std::string_view from, std::string_view to);

// Whether an identifier in it, which may be a column's or a table's, is `name`.
bool is_named_in(const std::string& text, std::string_view name);

}  // namespace historyd::sql
