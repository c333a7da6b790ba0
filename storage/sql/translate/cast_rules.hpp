#pragma once

#include <string>

#include "storage/sql/translate/expr.hpp"

namespace historyd::sql {

// How a value gets from one type to another.
enum class cast_path : std::uint8_t {
    none,
    same_form,  // PostgreSQL's types differ, the value in SQLite does not
    to_real,    // an integer becomes a float: CAST(v AS REAL)
    to_text,    // an integer becomes a numeric: CAST(v AS TEXT)
    convert     // pg_cast
};

// PostgreSQL's rules for whether there is a cast in this context (pg_cast, then array element
// casts, then I/O conversion), and how SQLite does it.
// Requires: neither type is unknown or a pseudo-type.
cast_path find_cast(oid from, oid to, coercion how);

// pg_cast says that PostgreSQL does nothing for this cast, so that an exact match of a function
// argument may go through it.
bool is_binary_coercible(oid from, oid to);

// The cast depends on a setting: DateStyle, TimeZone, the search path.
bool is_mutable_cast(oid from, oid to);

bool is_integer(oid type);  // int2, int4, int8
bool is_pseudo(oid type);
// regclass and its kin: an OID that prints as a name.
bool is_reg(oid type);
// pg_type.typcategory and typispreferred, pseudo-types and unknown included.
char category_of(oid type);
bool is_preferred(oid type);
// 0 when it is not an array.
oid element_of(oid type);
oid array_of(oid type);

// format_type() without modifiers, "unknown" and pseudo-types included, for messages.
std::string type_display(oid type);

}  // namespace historyd::sql
