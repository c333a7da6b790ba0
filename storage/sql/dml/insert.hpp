#pragma once

#include <map>
#include <set>
#include <utility>

#include "storage/sql/dml/column_source.hpp"

namespace historyd::sql {

// What ON CONFLICT names of an index: a column's attnum, or 0 and an expression's text.
using arbiter_key = std::pair<std::int16_t, std::string>;

// Where the VALUES of MERGE's INSERT come from: a row for each of what is FROM there.
struct insert_source {
    scope& names;
    std::string from_sql;  // with WHERE
};

// An INSERT on its way: which columns it gives, and its rows or its query. One object per
// statement; the files insert_*.cpp are its steps.
class insert_builder {
public:
    insert_builder(translator& t, const PgQuery__InsertStmt& node,
                   const insert_source* source = nullptr)
        : t_(t), node_(node), source_(source) {}
    result<std::shared_ptr<plan>> build();

private:
    using row = std::vector<column_value>;  // one per column of the table, in attnum order

    // --- insert_columns.cpp
    result<void> find_columns();
    sql_error count_error(std::string_view what, int location) const;
    result<void> check_override(const schema::column& c, bool is_default) const;
    // Whether the value given for the column is to be dropped for its sequence's.
    bool uses_sequence_instead(const schema::column& c) const;

    // --- insert_rows.cpp
    result<void> read_values(const PgQuery__SelectStmt& select);
    result<row> read_row(node_list items);
    sql_error hinted(sql_error error) const;
    result<void> read_default_row();
    result<column_value> default_of(const schema::column& c);
    result<void> read_query();
    std::string row_sql(const row& r) const;

    // --- insert.cpp
    std::string column_list() const;
    std::string insert_head() const;
    std::string not_null_checked(const column_value& v, const schema::column& c) const;
    result<void> finish();

    // --- on_conflict.cpp
    bool updates() const;  // ON CONFLICT DO UPDATE
    result<std::string> on_conflict();
    result<std::set<arbiter_key>> arbiter_keys(const PgQuery__InferClause& infer);
    result<const schema::index*> arbiter(const PgQuery__InferClause& infer);
    range_entry& excluded_row(scope& s);
    result<std::string> conflict_update(const PgQuery__OnConflictClause& node);

    // --- once_each.cpp
    struct arbiter_sql {
        std::vector<std::string> keys;
        std::string predicate;  // empty when the index is over all rows
    };
    result<expr> stored_over(range_entry& row, const std::string& text, clause c, oid wanted);
    result<arbiter_sql> arbiter_over(range_entry& row);
    result<range_entry*> proposed_row(scope& s, const std::string& prefix);
    result<std::string> meets_unchanged(const std::string& row_alias);
    result<std::string> once_each(const std::string& rows_sql);

    // --- concrete.cpp
    result<void> make_concrete();
    std::string evaluate_sql() const;
    result<bool> concrete_returning(concrete_insert& out);

    const schema::relation& table() const { return *target_.relation; }

    translator& t_;
    const PgQuery__InsertStmt& node_;
    const insert_source* const source_;
    scope scope_;         // what VALUES see: nothing but WITH
    scope target_scope_;  // RETURNING, DO UPDATE
    with_frame with_;
    std::string with_sql_;
    bool has_with_ = false;  // the statement's own, not only what is added to it
    change_target target_;
    std::shared_ptr<plan> plan_;
    std::vector<const schema::column*> columns_;  // as the statement lists them
    std::vector<int> locations_;                  // of each in the statement
    std::vector<row> rows_;                       // VALUES
    std::optional<row> query_row_;                // a query: its columns as query_alias_."cN"
    std::string query_sql_, query_alias_;
    std::size_t query_width_ = 0;
    std::string returning_;
    const schema::index* arbiter_ = nullptr;  // of DO UPDATE
    std::map<std::int16_t, column_value> defaults_;
};

}  // namespace historyd::sql
