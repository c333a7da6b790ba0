#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/rest/query/field.hpp"

namespace historyd::rest {

// An operator and its SQL: eq =, like LIKE, cs @>.
struct comparison {
    enum class how : std::uint8_t { value, any, all };  // eq, eq(any), eq(all)
    std::string_view sql;
    how quantifier = how::value;
    bool is_pattern = false;  // like and ilike: * stands for %
    std::string value;        // an array literal with any and all
};
struct in_list {
    std::vector<std::string> values;
};
// is.null and the like, as SQL writes them.
struct is_test {
    std::string_view sql;
};

// What is asked of one field: column=not.eq.value.
struct condition {
    field of;
    bool negated = false;
    std::variant<comparison, in_list, is_test> test;
};

// and(...), or(...), not.and(...): conditions joined, nested at will.
struct condition_group;
using condition_node = std::variant<condition, condition_group>;
struct condition_group {
    bool negated = false;
    bool any = false;  // or
    std::vector<condition_node> members;
};

inline constexpr int condition_depth_max = 64;

// column=operator.value. Errors: PGRST100, PGRST108 for a field of another table, 0A000 for
// operators that historyd has no types for.
result<condition> parse_condition(std::string_view key, std::string_view value);
// and=(...), or=(...), not.or=(...).
bool is_group_key(std::string_view key);
result<condition_group> parse_condition_group(std::string_view key, std::string_view value);

}  // namespace historyd::rest
