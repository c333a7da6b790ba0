#pragma once

#include "storage/sql/dml/target.hpp"

namespace historyd::sql {

// One value on its way into a column: its SQLite text and, when no SQL is needed to know it, where
// it comes from.
struct column_value {
    std::string sql;
    std::optional<value_source> source;
    bool depends_on_tables = false;  // has a subquery
    bool may_be_null = true;
    bool brief = false;  // see concrete_insert
};

// The SQLite text that stores a value in the column. A column of another program's (mem0's
// DATETIME) takes an instant in the form that program writes, with T: it orders its rows by the
// text.
std::string stored_form(const schema::column& c, std::string sql);

// An expression given for the column.
result<column_value> given_value(translator& t, const PgQuery__Node* node, scope& s, clause c,
                                 const schema::column& column);
// A translated expression, of a SELECT's column say.
result<column_value> given_value(translator& t, expr e, const schema::column& column);
// DEFAULT, or a column that the statement leaves out.
result<column_value> defaulted_value(translator& t, const schema::relation& r,
                                     const schema::column& column);

}  // namespace historyd::sql
