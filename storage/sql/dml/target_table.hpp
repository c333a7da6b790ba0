#pragma once

#include <string>
#include <vector>

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// The table that a statement changes, and what every change needs to know of it.
struct target_table {
    const schema::relation* relation = nullptr;
    scope names;                   // the table alone: for RETURNING and ON CONFLICT
    range_entry* entry = nullptr;  // in `names`

    const std::vector<schema::column>& columns() const { return relation->columns; }
    std::string sql() const { return translator::relation_sql(*relation); }
};

// Resolves the statement's target. `verb` is for errors ("insert into", "update", "delete from").
// Errors: 42P01; 55000 for a view; 42501 for a table of the catalog.
result<void> resolve_target(translator& t, const PgQuery__RangeVar& name, std::string_view verb,
                            target_table& out);

// Position in columns() of a column named in a column list or SET. Error 42703 with position.
result<std::size_t> target_column(translator& t, const target_table& table,
                                  const PgQuery__ResTarget& item);

// The value a column takes by default, coerced to its type: identity, DEFAULT or NULL.
// `sequence` is set when the value is nextval() of one and nothing else.
struct default_value {
    expr value;
    oid sequence = 0;
    bool is_transaction_timestamp = false;
    bool is_random_uuid = false;
};
result<default_value> column_default(translator& t, const target_table& table,
                                     const schema::column& column);

// Marks an expression whose value the engine can make without SQL: now() and gen_random_uuid().
bool is_transaction_timestamp(const PgQuery__Node* node);
bool is_random_uuid(const PgQuery__Node* node);

// RETURNING: "" when there is none; fills the plan's columns.
result<std::string> returning_clause(translator& t, node_list items, scope& names, plan& out);

// What every plan of a change has in common.
void finish_change(const target_table& table, command c, std::string tag, plan& out);

}  // namespace historyd::sql
