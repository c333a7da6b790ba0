#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const function_entry> array_functions() {
    static const std::vector<function_entry> entries = {
        {"array_length", {t::anyarray, t::int4}, t::int4, "pg_array_length"},
        {"array_upper", {t::anyarray, t::int4}, t::int4, "pg_array_upper"},
        {"array_lower", {t::anyarray, t::int4}, t::int4, "pg_array_lower"},
        {"array_ndims", {t::anyarray}, t::int4, "pg_array_ndims"},
        {"array_dims", {t::anyarray}, t::text, "pg_array_dims"},
        {"cardinality", {t::anyarray}, t::int4, "pg_cardinality"},
        {"array_append", {t::anycompatiblearray, t::anycompatible}, t::anycompatiblearray,
         "pg_array_append(%1, %2, %e1)"},
        {"array_prepend", {t::anycompatible, t::anycompatiblearray}, t::anycompatiblearray,
         "pg_array_prepend(%1, %2, %e2)"},
        {"array_cat", {t::anycompatiblearray, t::anycompatiblearray}, t::anycompatiblearray,
         "pg_array_cat"},
        {"array_remove", {t::anycompatiblearray, t::anycompatible}, t::anycompatiblearray,
         "pg_array_remove(%1, %2, %e1)"},
        {"array_replace", {t::anycompatiblearray, t::anycompatible, t::anycompatible},
         t::anycompatiblearray, "pg_array_replace(%1, %2, %3, %e1)"},
        {"array_position", {t::anycompatiblearray, t::anycompatible}, t::int4,
         "pg_array_position(%1, %2, %e1)"},
        {"array_position", {t::anycompatiblearray, t::anycompatible, t::int4}, t::int4,
         "pg_array_position(%1, %2, %e1, %3)"},
        {"array_positions", {t::anycompatiblearray, t::anycompatible}, t::int4_array,
         "pg_array_positions(%1, %2, %e1)"},
        {"array_fill", {t::anyelement, t::int4_array}, t::anyarray, "pg_array_fill(%t1, %1, %2)"},
        {"array_fill", {t::anyelement, t::int4_array, t::int4_array}, t::anyarray,
         "pg_array_fill(%t1, %1, %2, %3)"},
        {"trim_array", {t::anyarray, t::int4}, t::anyarray, "pg_trim_array"},
        stable({"array_to_string", {t::anyarray, t::text}, t::text,
                "pg_array_to_string(%1, %e1, %2)"}),
        stable({"array_to_string", {t::anyarray, t::text, t::text}, t::text,
                "pg_array_to_string(%1, %e1, %2, %3)"}),
    };
    return entries;
}

}  // namespace historyd::sql
