#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const function_entry> inet_functions() {
    static const std::vector<function_entry> entries = {
        {"host", {t::inet}, t::text, "pg_inet_host"},
        {"family", {t::inet}, t::int4, "pg_inet_family"},
        {"masklen", {t::inet}, t::int4, "pg_inet_masklen"},
        {"network", {t::inet}, t::cidr, "pg_inet_network"},
        {"broadcast", {t::inet}, t::inet, "pg_inet_broadcast"},
        {"netmask", {t::inet}, t::inet, "pg_inet_netmask"},
        {"hostmask", {t::inet}, t::inet, "pg_inet_hostmask"},
    };
    return entries;
}

std::span<const operator_entry> inet_operators() {
    static const std::vector<operator_entry> entries = {
        {">>=", t::inet, t::inet, t::bool_, "pg_inet_contains_or_equals"},
        {"<<=", t::inet, t::inet, t::bool_, "pg_inet_contains_or_equals(%2, %1)"},
        {">>", t::inet, t::inet, t::bool_, "pg_inet_contains"},
        {"<<", t::inet, t::inet, t::bool_, "pg_inet_contains(%2, %1)"},
        {"&&", t::inet, t::inet, t::bool_, "pg_inet_overlaps"},
    };
    return entries;
}

}  // namespace historyd::sql
