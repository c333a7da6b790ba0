#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/sql/function_map.hpp"
#include "tests/unit/functions/function_case.hpp"

// From a case to SQLite text by the function map alone: exact types, no conversions.

namespace historyd::test {

struct resolved_call {
    std::string sql;  // an expression, or a table-valued call
    sql::function_kind kind = sql::function_kind::scalar;
    types::oid result = 0;
};

// Replaces the marks of a template. `types`: of the arguments; `arguments`: their SQLite text.
std::string expand_template(std::string_view text, const std::vector<std::string>& arguments,
                            const std::vector<types::oid>& types, types::oid result);

// Returns: nullopt when the map has no such function or operator of these types.
std::optional<resolved_call> resolve(const function_case& c, const std::vector<types::oid>& types,
                                     const std::vector<std::string>& arguments);

}  // namespace historyd::test
