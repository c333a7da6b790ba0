#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "storage/types/pg_type.hpp"

// PostgreSQL's functions and operators that historyd speaks: signature, result type and the SQLite
// text that computes it. Data only; overload resolution is in resolve_call.cpp. The SQLite
// functions named here are SQLite's own where they agree with PostgreSQL, else registered by
// storage/sqlite.

// Templates (`sqlite` of both kinds of entry):
//   %1 %2 ...   arguments, already coerced to the declared types
//   %t1 %t2 ... OID of the resolved type of an argument
//   %e1 %e2 ... OID of the element type of an argument that is an array
//   %r          OID of the resolved result type
//   %*          all arguments, comma separated
//   %t*         all arguments, each with the OID of its type before it: %t1, %1, %t2, %2, ...
//   no '%' and no '(' or quote: a SQLite function to call with all arguments
//   no '%' otherwise: the text as it stands
// An aggregate's template is always name(arguments). With ORDER BY inside the call, or DISTINCT
// where the template has several arguments, the call is name_ordered(spec, arguments, sort keys).

namespace historyd::sql {

using types::oid;

enum class function_kind : std::uint8_t { scalar, aggregate, window, set_returning };
enum class volatility : std::uint8_t { immutable, stable, volatile_ };

struct function_entry {
    std::string_view name;       // PostgreSQL's name, lower case, without schema
    std::vector<oid> arguments;  // anyelement, anyarray, anycompatible... are resolved
    oid result;
    // SQLite text, see "Templates" below.
    std::string_view sqlite;
    function_kind kind = function_kind::scalar;
    historyd::sql::volatility volatility = volatility::immutable;
    bool variadic = false;  // the last argument repeats (its array type's element given)
    // set_returning: `sqlite` names a table-valued function; result columns (name, type) for those
    // that return several; a single unnamed column is called after the function.
    std::vector<std::pair<std::string_view, oid>> columns{};
    int defaults =
        0;  // trailing arguments that may be left out (template must cope by arity entries)
    // An ordered-set aggregate: `arguments` are the direct ones, then those of WITHIN GROUP (ORDER
    // BY), and `sqlite` is a name, called as <name>_ordered(spec, direct arguments, sort keys).
    bool within_group = false;
};

struct operator_entry {
    std::string_view name;  // "+", "||", "~~*"
    oid left;               // 0 for a prefix operator
    oid right;
    oid result;
    std::string_view sqlite;  // with %1 and %2 (a prefix operator uses %2)
};

std::span<const function_entry> functions();
std::span<const operator_entry> operators();

}  // namespace historyd::sql
