#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/value.hpp"

// What is moved: rows of mem0's tables in their present layout, whatever layout they came from.

namespace historyd::transfer {

enum class column_kind : std::uint8_t {
    text,
    instant,  // ISO 8601 text of an instant
    flag      // 0 or 1
};

struct column {
    std::string_view name;
    column_kind kind = column_kind::text;
    // What older versions of mem0 called it, the likeliest first.
    std::span<const std::string_view> older_names = {};
};

struct table {
    std::string_view name;
    std::span<const column> columns;  // the first is id, the second is what rows are looked up by
    // Tables that a half-finished migration of mem0 leaves.
    std::span<const std::string_view> older_names = {};
};

// history (Python), messages (Python and Node), memory_history (Node). Indexes into it name tables.
std::span<const table> tables();

// One row. Values are canonical: equal rows have equal texts, whatever program stored them.
//   instant  2026-11-25T10:00:00.123456+00:00, the form mem0 writes, in UTC
//   flag     0 or 1
// An id that is missing, or that is Node's row number, is derived from the row: the same row has
// the same id wherever and whenever it is read, and rows of several files do not collide.
struct record {
    std::size_t table = 0;
    std::vector<std::optional<std::string>> fields;  // as table.columns
    // Why PostgreSQL takes no such row (an instant that cannot be read, bytes that are no text);
    // empty when it does. The value is as it was found.
    std::string defect;
};

// One value as it was stored to its canonical text. Appends to `defect` when there is none.
std::optional<std::string> canonical(const column& c, const value_view& v, std::string& defect);

// Gives the record an id when it has none. Requires: every other field is set.
void settle_id(record& r, bool numbered);

// One JSON object on one line, the table's name first.
inline constexpr std::string_view json_line_beginning = "{\"table\": \"";
std::string json_line(const record& r);

}  // namespace historyd::transfer
