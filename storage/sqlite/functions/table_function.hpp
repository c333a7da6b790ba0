#pragma once

#include <memory>
#include <vector>

#include "storage/sqlite/functions/function_call.hpp"

// Set-returning functions as SQLite's table-valued functions: visible columns, then `ordinality`
// (1, 2, ...), then one hidden column for each argument.

namespace historyd::sqlite {

// The rows of one call, made as SQLite asks for them.
class row_source {
public:
    virtual ~row_source() = default;
    // Puts the next row's visible columns into `row` (as many as the function has).
    // Returns: false at the end.
    virtual result<bool> next(std::vector<value>& row) = 0;
};

using row_source_ptr = std::unique_ptr<row_source>;

struct table_function {
    const char* name;
    int arguments;
    std::vector<const char*> columns;  // "value", or "key" and "value"
    // Whether a NULL argument means no rows, without asking.
    bool strict;
    result<row_source_ptr> (*open)(const function_call&);
};

// Rows that are all known when the call is made.
row_source_ptr known_rows(std::vector<std::vector<value>> rows);
// The same for functions with one column.
row_source_ptr known_values(std::vector<value> values);

// Requires: `functions` outlive the connection.
result<void> add_functions(database& db, std::span<const table_function> functions);

}  // namespace historyd::sqlite
