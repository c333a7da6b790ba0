#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

// SQLite's window functions are PostgreSQL's; only the types of the results are written down here.
std::span<const function_entry> window_functions() {
    static const std::vector<function_entry> entries = {
        window({"row_number", {}, t::int8, "row_number()"}),
        window({"rank", {}, t::int8, "rank()"}),
        window({"dense_rank", {}, t::int8, "dense_rank()"}),
        window({"percent_rank", {}, t::float8, "percent_rank()"}),
        window({"cume_dist", {}, t::float8, "cume_dist()"}),
        window({"ntile", {t::int4}, t::int4, "ntile(%1)"}),
        window({"lag", {t::anyelement}, t::anyelement, "lag(%1)"}),
        window({"lag", {t::anyelement, t::int4}, t::anyelement, "lag(%1, %2)"}),
        window({"lag",
                {t::anycompatible, t::int4, t::anycompatible},
                t::anycompatible,
                "lag(%1, %2, %3)"}),
        window({"lead", {t::anyelement}, t::anyelement, "lead(%1)"}),
        window({"lead", {t::anyelement, t::int4}, t::anyelement, "lead(%1, %2)"}),
        window({"lead",
                {t::anycompatible, t::int4, t::anycompatible},
                t::anycompatible,
                "lead(%1, %2, %3)"}),
        window({"first_value", {t::anyelement}, t::anyelement, "first_value(%1)"}),
        window({"last_value", {t::anyelement}, t::anyelement, "last_value(%1)"}),
        window({"nth_value", {t::anyelement, t::int4}, t::anyelement, "nth_value(%1, %2)"}),
    };
    return entries;
}

}  // namespace historyd::sql
