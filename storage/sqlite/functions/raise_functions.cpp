#include "storage/sqlite/functions/families.hpp"

// pg_raise(sqlstate, message [, detail, hint, schema, table, column, constraint]): fails the
// statement. The translator puts it where a row shows that PostgreSQL would refuse.

namespace historyd::sqlite {
namespace {

result<value> raise(const function_call& c) {
    const auto text = [&](int i) {
        return i < c.count() && !c.is_null(i) ? std::string(c.text(i)) : std::string();
    };
    sql_error error(text(0), text(1));
    error.detail = text(2);
    error.hint = text(3);
    error.schema_name = text(4);
    error.table_name = text(5);
    error.column_name = text(6);
    error.constraint_name = text(7);
    return error;
}

}  // namespace

std::span<const scalar_function> raise_functions() {
    // Volatile, so that SQLite never calls it ahead of the row it is meant for.
    static constexpr scalar_function functions[] = {nullable_volatile<raise>("pg_raise", -1)};
    return functions;
}

}  // namespace historyd::sqlite
