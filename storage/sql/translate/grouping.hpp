#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

// GROUPING SETS, ROLLUP, CUBE: a query with them is one query for each set, whose texts differ in
// the grouping keys that are NULL in it. Until a set is chosen a key's text is marked where it
// stands; the marks begin with a zero byte, which no text of PostgreSQL has.

namespace historyd::sql {

// Numbers of the keys that rows are grouped by.
using grouping_set = std::vector<std::size_t>;

// PostgreSQL allows 4096; SQLite no more than 500 in one UNION.
inline constexpr std::size_t grouping_sets_max = 256;
inline constexpr std::size_t grouping_keys_max = 64;

std::string mark_key(std::size_t key, std::string_view sql);
// GROUPING(...): a bit for each key, 1 where the set has it not.
std::string mark_missing(std::span<const std::size_t> keys);
std::string unmarked(std::string_view sql);
// What the text is for rows of the set.
std::string chosen(std::string_view sql, const grouping_set& set);

// Each of `left` together with each of `right`.
std::vector<grouping_set> crossed(const std::vector<grouping_set>& left,
                                  const std::vector<grouping_set>& right);
// GROUP BY DISTINCT: the first of those that have the same keys.
void remove_equal(std::vector<grouping_set>& sets);

}  // namespace historyd::sql
