#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "storage/outbox/change.hpp"
#include "storage/replicator/remote_table.hpp"

namespace historyd::replicator {

// The server works on a statement while the next is made.
inline constexpr std::size_t group_rows_max = 1000;

// Changes that one statement can bring: the same table, the same kind, the same columns, no row
// twice.
struct row_group {
    outbox::change_op op{};
    const remote_table* table = nullptr;
    std::vector<std::string> key, columns;  // columns without the generated ones
    std::vector<const outbox::change*> changes;
};

// Groups row changes for few statements. A change may move ahead of changes of other tables, never
// of its own table's; tables with foreign keys keep their place among all, and rows that may refer
// to each other stay together. Pure.
// Requires: row operations only, their tables are in `tables`.
// Returns: 42703 when a column is not there.
result<std::vector<row_group>> group_rows(std::span<const outbox::change* const> changes,
                                          const remote_tables& tables);

// Of a row that is to be new and is there: raise whatever it is, which costs a quarter less, or
// only if it has other values.
enum class duplicate_rule : std::uint8_t { raise, compare };

// The statements of a group: one that brings the rows, and what identity columns and sequences need
// beside it. Raises differs_marker, or what the server says of duplicates, when rows that are to be
// new are there and the rule is against it; missing_marker when a row to be updated is not there.
std::vector<postgres::query> statements_of(const row_group& g, duplicate_rule duplicates);

// Whether foreign keys are among the tables' that the server checks after each statement and the
// transaction may have put off: check_at_commit goes ahead.
bool have_keys_to_defer(std::span<const row_group> groups);

// Before and after ALTER TABLE, which PostgreSQL refuses while checks are put off to the COMMIT
// (55006): what was written is checked at once, what follows at the end again.
inline constexpr const char* check_now = "SET CONSTRAINTS ALL IMMEDIATE";
inline constexpr const char* check_at_commit = "SET CONSTRAINTS ALL DEFERRED";

// Sets what rows' texts are read under, until the transaction's end; moving the watermark does it
// too.
postgres::query read_rows();

// Moves the watermark from exactly `from`, or raises moved_marker.
postgres::query move_watermark(const std::string& node_id, const std::string& incarnation,
                               const outbox::position& from, const outbox::position& to);

// A stored value as text that PostgreSQL's input function takes; nothing for NULL.
std::optional<std::string> value_text(const value& v);

std::string hash_text(const outbox::chain_hash& h);  // hexadecimal
outbox::chain_hash hash_of(std::string_view text);

}  // namespace historyd::replicator
