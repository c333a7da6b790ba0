#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "proxy/rest/query/field.hpp"

namespace historyd::rest {

struct order_term {
    field of;
    bool descending = false;
    std::optional<bool> nulls_first;  // nothing: as PostgreSQL has it, NULL above all values
    bool operator==(const order_term&) const = default;
};

// order=a.desc.nullslast,b. Errors: PGRST100.
result<std::vector<order_term>> parse_order(std::string_view text);

}  // namespace historyd::rest
