#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {
namespace {

// Six templates that differ in the comparison alone.
struct comparison {
    oid left, right;
    std::string_view equal, different, less, less_or_equal, greater, greater_or_equal;
};

constexpr comparison plain(oid left, oid right) {
    return {left,        right,        "(%1 = %2)", "(%1 <> %2)",
            "(%1 < %2)", "(%1 <= %2)", "(%1 > %2)", "(%1 >= %2)"};
}

// Storage texts of one day at midnight and of instants compare as the times they name once both
// are written as the wider type.
constexpr comparison different_types[] = {
    plain(t::int2, t::int4),
    plain(t::int4, t::int2),
    plain(t::int2, t::int8),
    plain(t::int8, t::int2),
    plain(t::int4, t::int8),
    plain(t::int8, t::int4),
    plain(t::float4, t::float8),
    plain(t::float8, t::float4),
    plain(t::text, t::name),
    plain(t::name, t::text),
    {t::date, t::timestamp, "(pg_date_start(%1) = %2)", "(pg_date_start(%1) <> %2)",
     "(pg_date_start(%1) < %2)", "(pg_date_start(%1) <= %2)", "(pg_date_start(%1) > %2)",
     "(pg_date_start(%1) >= %2)"},
    {t::timestamp, t::date, "(%1 = pg_date_start(%2))", "(%1 <> pg_date_start(%2))",
     "(%1 < pg_date_start(%2))", "(%1 <= pg_date_start(%2))", "(%1 > pg_date_start(%2))",
     "(%1 >= pg_date_start(%2))"},
    {t::date, t::timestamptz, "(pg_cast(%1, 1082, 1184, -1, 0) = %2)",
     "(pg_cast(%1, 1082, 1184, -1, 0) <> %2)", "(pg_cast(%1, 1082, 1184, -1, 0) < %2)",
     "(pg_cast(%1, 1082, 1184, -1, 0) <= %2)", "(pg_cast(%1, 1082, 1184, -1, 0) > %2)",
     "(pg_cast(%1, 1082, 1184, -1, 0) >= %2)"},
    {t::timestamptz, t::date, "(%1 = pg_cast(%2, 1082, 1184, -1, 0))",
     "(%1 <> pg_cast(%2, 1082, 1184, -1, 0))", "(%1 < pg_cast(%2, 1082, 1184, -1, 0))",
     "(%1 <= pg_cast(%2, 1082, 1184, -1, 0))", "(%1 > pg_cast(%2, 1082, 1184, -1, 0))",
     "(%1 >= pg_cast(%2, 1082, 1184, -1, 0))"},
    {t::timestamp, t::timestamptz, "(pg_cast(%1, 1114, 1184, -1, 0) = %2)",
     "(pg_cast(%1, 1114, 1184, -1, 0) <> %2)", "(pg_cast(%1, 1114, 1184, -1, 0) < %2)",
     "(pg_cast(%1, 1114, 1184, -1, 0) <= %2)", "(pg_cast(%1, 1114, 1184, -1, 0) > %2)",
     "(pg_cast(%1, 1114, 1184, -1, 0) >= %2)"},
    {t::timestamptz, t::timestamp, "(%1 = pg_cast(%2, 1114, 1184, -1, 0))",
     "(%1 <> pg_cast(%2, 1114, 1184, -1, 0))", "(%1 < pg_cast(%2, 1114, 1184, -1, 0))",
     "(%1 <= pg_cast(%2, 1114, 1184, -1, 0))", "(%1 > pg_cast(%2, 1114, 1184, -1, 0))",
     "(%1 >= pg_cast(%2, 1114, 1184, -1, 0))"},
};

}  // namespace

std::span<const operator_entry> comparison_operators() {
    static const std::vector<operator_entry> entries = [] {
        std::vector<operator_entry> out;
        for (const auto& c : different_types) {
            out.push_back({"=", c.left, c.right, t::bool_, c.equal});
            out.push_back({"<>", c.left, c.right, t::bool_, c.different});
            out.push_back({"<", c.left, c.right, t::bool_, c.less});
            out.push_back({"<=", c.left, c.right, t::bool_, c.less_or_equal});
            out.push_back({">", c.left, c.right, t::bool_, c.greater});
            out.push_back({">=", c.left, c.right, t::bool_, c.greater_or_equal});
        }
        return out;
    }();
    return entries;
}

}  // namespace historyd::sql
