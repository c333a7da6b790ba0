#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "storage/schema/schema.hpp"
#include "storage/sql/translate/expr.hpp"

struct PgQuery__Node;

namespace historyd::sql {

struct scope;

inline bool overlap(const std::set<oid>& a, const std::set<oid>& b) {
    return std::ranges::any_of(a, [&](oid id) { return b.contains(id); });
}

// A column of a FROM item.
struct range_column {
    std::string name;  // after column aliases
    std::string sql;   // how SQLite writes it: "h"."id", pg_foreign("h"."created_at",1184)
    type_ref type;
    oid table = 0;
    std::int16_t attnum = 0;
    bool not_null = false;
};

// A FROM item: table, view, subquery, function, VALUES, CTE, or the merged columns of a join.
struct range_entry {
    std::string alias;        // the name PostgreSQL knows it by; empty when it has none
    std::string schema_name;  // for schema.table.column; empty when an alias hides the table's name
    std::string sqlite_alias;  // unique in the statement
    const schema::relation* relation = nullptr;
    std::vector<range_column> columns;
    std::optional<range_column> tableoid;  // of a table; not part of *
    const scope* home = nullptr;
    bool is_value = false;  // a function of one column: its alias alone is that column

    // Of a column_use: one of columns, or behind them tableoid.
    const range_column& column_at(std::size_t index) const {
        return index < columns.size() ? columns[index] : *tableoid;
    }
};

// How much of a FROM item can be named at one place.
struct visible_entry {
    range_entry* entry = nullptr;
    bool by_name = true;    // alias.column
    bool by_column = true;  // column alone, and part of *; false once a join merged its columns
    bool by_system_column = true;  // tableoid alone; false once joined
};

// WITH items; inner ones hide outer ones.
struct with_item {
    std::string name, sqlite_name;
    std::vector<range_column> columns;  // sql is filled in where it is used
    bool pending = false;               // being defined and not recursive: not visible
    std::set<oid> reads = {};           // tables, when it is read
    // Of a WITH that changes rows: its number among the parts, and what FROM reads its rows from.
    std::optional<std::size_t> part = {};
    std::string rows_sql = {};
};
struct with_frame {
    std::deque<with_item> items;
    const with_frame* outer = nullptr;
};

// The names one query level sees. Outer levels follow `outer`.
struct scope {
    const scope* outer = nullptr;
    const with_frame* with = nullptr;
    std::deque<std::unique_ptr<range_entry>> entries;  // owns; addresses are stable
    std::vector<visible_entry> visible;

    // Grouping: texts of the GROUP BY keys once they are known; an expression that is one of them
    // stops being a use of its columns.
    std::vector<std::string> group_keys;
    bool grouped = false;
    bool has_grouping_sets = false;      // uses of the keys are marked, see grouping.hpp
    mutable bool has_aggregate = false;  // set by an aggregate of an inner level, too
    bool inside_aggregate = false;

    // What FROM and the other clauses, whose expressions are not kept, hand up.
    std::vector<column_use> outer_uses;
    bool is_volatile = false;

    std::span<PgQuery__Node* const> windows;  // the WINDOW clause

    // Set-returning functions of the select list, to be added to FROM.
    struct set_call {
        std::string table_sql;  // pg_unnest(...)
        std::string sqlite_alias;
    };
    std::vector<set_call> set_calls;

    range_entry& add_entry();
    // Makes `entry` visible by alias and column.
    void show(range_entry& entry) { visible.push_back({.entry = &entry}); }
};

}  // namespace historyd::sql
