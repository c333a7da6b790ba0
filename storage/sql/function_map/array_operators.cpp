#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const operator_entry> array_operators() {
    static const std::vector<operator_entry> entries = {
        {"||", t::anycompatiblearray, t::anycompatiblearray, t::anycompatiblearray, "pg_array_cat"},
        {"||", t::anycompatiblearray, t::anycompatible, t::anycompatiblearray,
         "pg_array_append(%1, %2, %e1)"},
        {"||", t::anycompatible, t::anycompatiblearray, t::anycompatiblearray,
         "pg_array_prepend(%1, %2, %e2)"},
        {"@>", t::anyarray, t::anyarray, t::bool_, "pg_array_contains(%1, %2, %e1)"},
        {"<@", t::anyarray, t::anyarray, t::bool_, "pg_array_contains(%2, %1, %e1)"},
        {"&&", t::anyarray, t::anyarray, t::bool_, "pg_array_overlap(%1, %2, %e1)"},
    };
    return entries;
}

}  // namespace historyd::sql
