#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/rest/query/field.hpp"

namespace historyd::rest {

// alias:column->path::type
struct select_item {
    std::string alias;  // empty: the column's name, or the last key of the path
    field of;           // the name * is every column
    std::string cast;   // a type's name, empty for none

    bool is_star() const { return of.name == "*" && of.path.empty(); }
    // What the result calls it.
    std::string name() const;
    bool operator==(const select_item&) const = default;
};

// select=a,b:c::text. Empty text is *. Errors: PGRST100; PGRST123 for aggregates and PGRST127 for
// rows of other tables, which historyd does not embed.
result<std::vector<select_item>> parse_select(std::string_view text);

}  // namespace historyd::rest
