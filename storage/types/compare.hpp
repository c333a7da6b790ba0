#pragma once

#include <span>
#include <string_view>

#include "storage/base/value.hpp"
#include "storage/types/pg_type.hpp"

// PostgreSQL's order of values in storage form: negative, zero or positive. These are the
// collations of type_info::collation. Total on any input, so that SQLite may sort whatever a file
// holds: text that is not of the type sorts after text that is, by bytes.

namespace historyd::types {

int compare_interval_text(std::string_view a, std::string_view b);
int compare_timetz_text(std::string_view a, std::string_view b);
int compare_jsonb_text(std::string_view a, std::string_view b);
int compare_array_text(oid element, std::string_view a, std::string_view b);

// Two non-NULL values of one type, by whichever of the above the type needs.
int compare_values(oid type, const value_view& a, const value_view& b);

// The collations to register on a SQLite connection; each compares by compare_text(type, ...).
struct collation {
    std::string_view name;
    oid type;
};
std::span<const collation> collations();
int compare_text(oid type, std::string_view a, std::string_view b);

}  // namespace historyd::types
