#pragma once

#include "storage/sql/translate/grouping.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// One item of ORDER BY; `target` when it is an item of the select list.
struct order_item {
    sort_key key;
    std::optional<std::size_t> target;
    bool reads_outer = false;  // columns of an outer query
};

// A SELECT or VALUES taken apart, still open to conversions of its output (set operations).
struct select_parts {
    std::string with;
    std::vector<target> targets;
    std::vector<std::vector<expr>> values;  // VALUES: the rows; targets name and type the columns
    bool distinct = false;
    std::vector<expr> distinct_on;
    std::string from, where, group, having;  // without their keywords
    // GROUPING SETS and the like, over the keys' texts; `group` is empty then, and the texts of
    // targets, order and HAVING are marked.
    std::vector<grouping_set> grouping_sets;
    std::vector<std::string> group_keys;
    std::vector<order_item> order;
    std::string limit, offset;  // "" for none
    bool with_ties = false;     // LIMIT takes the equals of its last row, too
    std::vector<column_use> outer_uses;
    bool one_row_at_most = false;
    bool is_row = false;
    bool is_volatile = false;

    bool is_bare() const {
        return with.empty() && !distinct && distinct_on.empty() && order.empty() && limit.empty() &&
               offset.empty() && grouping_sets.empty();
    }
};

// SQLite text of the parts. `names`: AS for the columns, or none.
// `collated`: outputs carry the collations that UNION and the like compare with.
std::string assemble(const select_parts& parts, std::span<const std::string> names, bool collated);

// Unique names for output columns, after the targets' own.
std::vector<std::string> unique_names(std::span<const target> targets);

// The byte where the expression stands, -1 for nodes that do not tell.
int location_of(const PgQuery__Node* node);

std::string limit_sql(const std::string& limit, const std::string& offset);

}  // namespace historyd::sql
