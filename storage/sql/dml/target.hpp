#pragma once

#include <optional>

#include "storage/sql/translate/translator.hpp"

// What INSERT, UPDATE and DELETE share: the table they change and what they return of it.

namespace historyd::sql {

// The table of a DML statement. SQLite's RETURNING knows the table only by its own name, so it is
// never given an alias in SQLite; make the entry before anything else takes the name.
struct change_target {
    const schema::relation* relation = nullptr;
    range_entry* entry = nullptr;  // named as the statement names it, not yet visible

    std::string sql() const { return translator::relation_sql(*relation); }
};

// 42P01; 42809 and 0A000 for what is no table. `verb` is INSERT, UPDATE or DELETE.
result<change_target> find_target(translator& t, scope& s, const PgQuery__RangeVar& name,
                                  std::string_view verb);

// The column a SET or column list names; 42703 with position.
result<const schema::column*> target_column(const translator& t, const schema::relation& r,
                                            const PgQuery__ResTarget& item);

// " WHERE ..." of UPDATE and DELETE; "" without any.
struct where_part {
    std::string sql;
    bool is_volatile = false;
};
result<where_part> where_part_of(translator& t, const PgQuery__Node* condition, scope& s);

// What RETURNING lists, "" without it, and the plan's columns. `s` sees the target (and FROM items,
// of which it names no column: joined_change).
result<std::string> returning_list(translator& t, node_list items, scope& s,
                                   const change_target& target, plan& out);

// The same where it is the list of a SELECT. Requires: it is not empty.
result<std::string> returned_columns(translator& t, node_list items, scope& s, plan& out);

// The parts that the translator made on the way go ahead of the plan's own.
void take_parts_ahead(translator& t, plan& out);

// The value for a column, a NULL refused where the column is the rowid: in an INSERT SQLite would
// take a number of its own for it, in an UPDATE call it a mismatch of types.
std::string rowid_key_checked(const schema::relation& r, const schema::column& c,
                              std::string value_sql);

// The plan with what every DML statement has.
std::shared_ptr<plan> new_change_plan(const translator& t, command c, const schema::relation& r);

// A column's default as a value of the column: identity, DEFAULT or NULL.
result<expr> default_value(translator& t, const schema::relation& r, const schema::column& c);

}  // namespace historyd::sql
