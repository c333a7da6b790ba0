#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/base/quoted.hpp"
#include "storage/base/value.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::sql {

using types::oid;
using types::type_ref;

struct range_entry;

// One use of a FROM item's column that no aggregate and no grouping key covers.
struct column_use {
    const range_entry* entry = nullptr;
    std::size_t column = 0;
    int location = -1;
};

// A translated expression: SQLite text that yields the storage form of its PostgreSQL type.
struct expr {
    std::string
        sql;        // may stand anywhere an operand may: infix expressions carry their parentheses
    type_ref type;  // type_oid::unknown for a bare string or NULL, and for an untyped parameter
    int location = -1;  // byte in the query string, for errors

    std::optional<value> constant;  // storage form, or a bare string's characters, when known now
    int parameter = 0;              // n when the expression is just $n
    oid table = 0;                  // the table and column it is, when it is just a column
    std::int16_t attnum = 0;
    bool not_null = false;

    std::vector<column_use> columns;
    bool has_aggregate = false;
    int aggregate_location = -1;  // of the first aggregate
    bool has_window = false;
    bool has_set = false;  // calls a set-returning function (select list only)
    bool has_subquery = false;
    bool is_volatile = false;
    bool is_mutable = false;  // the clock or a setting has a say in it (not IMMUTABLE)
    bool is_chain = false;    // "(a || b)": may go on without the brackets
    bool is_row = false;      // ROW(...) or a whole row: `fields` are its values, sql is empty
    std::vector<expr> fields;
    std::vector<std::string> field_names;  // of a whole row; ROW(...) has none

    bool is_null() const { return constant && historyd::is_null(*constant); }
    // A string whose type is still open. (Also NULL.)
    bool is_unknown_literal() const {
        return type.id == types::type_oid::unknown && constant.has_value();
    }
};

// How willing a conversion is, PostgreSQL documentation, "CREATE CAST".
enum class coercion : std::uint8_t { implicit, assignment, explicit_ };

// The clause an expression stands in: what may occur there, and what an error calls it.
enum class clause : std::uint8_t {
    select_target,
    from_function,
    join_on,
    where,
    group_by,
    having,
    filter,
    order_by,
    window,
    limit,
    offset,
    values,
    insert_target,
    update_source,
    update_target,
    returning,
    check,
    column_default,
    generated,
    index_expression,
    index_predicate,
    execute_parameter
};

// "WHERE", "JOIN/ON", "check constraints", ... as PostgreSQL's messages name it.
std::string_view clause_name(clause c);

// Takes over what the operands contain (aggregates, columns, volatility), not their text.
void absorb(expr& into, const expr& operand);

// An SQLite literal for a value in storage form.
std::string literal_sql(const value& v);

}  // namespace historyd::sql
