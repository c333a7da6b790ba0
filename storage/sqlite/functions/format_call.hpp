#pragma once

#include "storage/sqlite/functions/function_call.hpp"

namespace historyd::sqlite {

// format(template, arguments...) (PostgreSQL documentation, "String Functions and Operators",
// format): %[position$][-][width]type with types s, I and L.
// Requires: arguments come in pairs, a type's OID and a value of the type; the first is the
// template.
result<value> format_call(const function_call& c);

}  // namespace historyd::sqlite
