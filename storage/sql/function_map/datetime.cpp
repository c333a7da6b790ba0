#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {
namespace {

const std::vector<function_entry>& clock_entries() {
    static const std::vector<function_entry> table = {
        stable({"now", {}, t::timestamptz, "pg_now()"}),
        stable({"transaction_timestamp", {}, t::timestamptz, "pg_now()"}),
        stable({"statement_timestamp", {}, t::timestamptz, "pg_statement_timestamp()"}),
        volatile_call({"clock_timestamp", {}, t::timestamptz, "pg_clock_timestamp()"}),
        volatile_call({"timeofday", {}, t::text, "pg_timeofday()"}),
    };
    return table;
}

const std::vector<function_entry>& entries() {
    static const std::vector<function_entry> table = {
        stable({"age",
                {t::timestamptz},
                t::interval,
                "pg_age_timestamptz(pg_cast(pg_cast(pg_now(), 1184, 1082, -1, 1), 1082, 1184, -1, "
                "1), %1)"}),
        stable({"age",
                {t::timestamp},
                t::interval,
                "pg_age_timestamp(pg_cast(pg_cast(pg_now(), 1184, 1082, -1, 1), 1082, 1114, -1, "
                "1), %1)"}),
        {"age", {t::timestamptz, t::timestamptz}, t::interval, "pg_age_timestamptz"},
        {"age", {t::timestamp, t::timestamp}, t::interval, "pg_age_timestamp"},
        {"date", {t::timestamp}, t::date, "pg_cast(%1, 1114, 1082, -1, 1)"},
        stable({"date", {t::timestamptz}, t::date, "pg_cast(%1, 1184, 1082, -1, 1)"}),
        {"timestamp", {t::date, t::time}, t::timestamp, "pg_date_add_time"},
        stable({"timestamptz",
                {t::date, t::time},
                t::timestamptz,
                "pg_cast(pg_date_add_time(%1, %2), 1114, 1184, -1, 1)"}),
        {"timestamptz", {t::date, t::timetz}, t::timestamptz, "pg_date_add_timetz"},
        {"date_trunc", {t::text, t::timestamp}, t::timestamp, "pg_date_trunc_timestamp"},
        stable(
            {"date_trunc", {t::text, t::timestamptz}, t::timestamptz, "pg_date_trunc_timestamptz"}),
        stable({"date_trunc",
                {t::text, t::timestamptz, t::text},
                t::timestamptz,
                "pg_date_trunc_timestamptz"}),
        {"date_trunc", {t::text, t::interval}, t::interval, "pg_date_trunc_interval"},
        {"date_bin",
         {t::interval, t::timestamp, t::timestamp},
         t::timestamp,
         "pg_date_bin_timestamp"},
        {"date_bin",
         {t::interval, t::timestamptz, t::timestamptz},
         t::timestamptz,
         "pg_date_bin_timestamptz"},
        {"date_part", {t::text, t::timestamp}, t::float8, "pg_date_part_timestamp"},
        stable({"date_part", {t::text, t::timestamptz}, t::float8, "pg_date_part_timestamptz"}),
        {"date_part",
         {t::text, t::date},
         t::float8,
         "pg_date_part_timestamp(%1, pg_date_start(%2))"},
        {"date_part", {t::text, t::time}, t::float8, "pg_date_part_time"},
        {"date_part", {t::text, t::timetz}, t::float8, "pg_date_part_timetz"},
        {"date_part", {t::text, t::interval}, t::float8, "pg_date_part_interval"},
        {"extract", {t::text, t::timestamp}, t::numeric, "pg_extract_timestamp"},
        stable({"extract", {t::text, t::timestamptz}, t::numeric, "pg_extract_timestamptz"}),
        {"extract", {t::text, t::date}, t::numeric, "pg_extract_date"},
        {"extract", {t::text, t::time}, t::numeric, "pg_extract_time"},
        {"extract", {t::text, t::timetz}, t::numeric, "pg_extract_timetz"},
        {"extract", {t::text, t::interval}, t::numeric, "pg_extract_interval"},
        {"justify_days", {t::interval}, t::interval, "pg_justify_days"},
        {"justify_hours", {t::interval}, t::interval, "pg_justify_hours"},
        {"justify_interval", {t::interval}, t::interval, "pg_justify_interval"},
        {"isfinite", {t::date}, t::bool_, "(%1 NOT IN ('infinity', '-infinity'))"},
        {"isfinite", {t::timestamp}, t::bool_, "(%1 NOT IN ('infinity', '-infinity'))"},
        {"isfinite", {t::timestamptz}, t::bool_, "(%1 NOT IN ('infinity', '-infinity'))"},
        {"isfinite", {t::interval}, t::bool_, "(%1 IS NOT NULL OR NULL)"},
        {"make_date", {t::int4, t::int4, t::int4}, t::date, "pg_make_date"},
        {"make_time", {t::int4, t::int4, t::float8}, t::time, "pg_make_time"},
        {"make_timestamp",
         {t::int4, t::int4, t::int4, t::int4, t::int4, t::float8},
         t::timestamp,
         "pg_make_timestamp"},
        stable({"make_timestamptz",
                {t::int4, t::int4, t::int4, t::int4, t::int4, t::float8},
                t::timestamptz,
                "pg_make_timestamptz"}),
        stable({"make_timestamptz",
                {t::int4, t::int4, t::int4, t::int4, t::int4, t::float8, t::text},
                t::timestamptz,
                "pg_make_timestamptz"}),
        {"make_interval", {}, t::interval, "'00:00:00'"},
        {"make_interval", {t::int4}, t::interval, "pg_make_interval"},
        {"make_interval", {t::int4, t::int4}, t::interval, "pg_make_interval"},
        {"make_interval", {t::int4, t::int4, t::int4}, t::interval, "pg_make_interval"},
        {"make_interval", {t::int4, t::int4, t::int4, t::int4}, t::interval, "pg_make_interval"},
        {"make_interval",
         {t::int4, t::int4, t::int4, t::int4, t::int4},
         t::interval,
         "pg_make_interval"},
        {"make_interval",
         {t::int4, t::int4, t::int4, t::int4, t::int4, t::int4},
         t::interval,
         "pg_make_interval"},
        {"make_interval",
         {t::int4, t::int4, t::int4, t::int4, t::int4, t::int4, t::float8},
         t::interval,
         "pg_make_interval"},
        {"timezone", {t::text, t::timestamp}, t::timestamptz, "pg_timezone_timestamp"},
        {"timezone", {t::text, t::timestamptz}, t::timestamp, "pg_timezone_timestamptz"},
        stable({"timezone", {t::text, t::timetz}, t::timetz, "pg_timezone_timetz"}),
        {"timezone", {t::interval, t::timestamp}, t::timestamptz, "pg_timezone_interval_timestamp"},
        {"timezone",
         {t::interval, t::timestamptz},
         t::timestamp,
         "pg_timezone_interval_timestamptz"},
        {"timezone", {t::interval, t::timetz}, t::timetz, "pg_timezone_interval_timetz"},
    };
    return table;
}

// A period is given by its two ends in either order, or by one end and a length.
const std::vector<function_entry>& overlaps_entries() {
    static const std::vector<function_entry> table = {
        {"overlaps",
         {t::timestamp, t::timestamp, t::timestamp, t::timestamp},
         t::bool_,
         "pg_overlaps"},
        {"overlaps",
         {t::timestamp, t::interval, t::timestamp, t::interval},
         t::bool_,
         "pg_overlaps(%1, pg_timestamp_add(%1, %2), %3, pg_timestamp_add(%3, %4))"},
        {"overlaps",
         {t::timestamp, t::interval, t::timestamp, t::timestamp},
         t::bool_,
         "pg_overlaps(%1, pg_timestamp_add(%1, %2), %3, %4)"},
        {"overlaps",
         {t::timestamp, t::timestamp, t::timestamp, t::interval},
         t::bool_,
         "pg_overlaps(%1, %2, %3, pg_timestamp_add(%3, %4))"},
        {"overlaps",
         {t::timestamptz, t::timestamptz, t::timestamptz, t::timestamptz},
         t::bool_,
         "pg_overlaps"},
        stable({"overlaps",
                {t::timestamptz, t::interval, t::timestamptz, t::interval},
                t::bool_,
                "pg_overlaps(%1, pg_timestamptz_add(%1, %2), %3, pg_timestamptz_add(%3, %4))"}),
        stable({"overlaps",
                {t::timestamptz, t::interval, t::timestamptz, t::timestamptz},
                t::bool_,
                "pg_overlaps(%1, pg_timestamptz_add(%1, %2), %3, %4)"}),
        stable({"overlaps",
                {t::timestamptz, t::timestamptz, t::timestamptz, t::interval},
                t::bool_,
                "pg_overlaps(%1, %2, %3, pg_timestamptz_add(%3, %4))"}),
        {"overlaps", {t::time, t::time, t::time, t::time}, t::bool_, "pg_overlaps"},
        {"overlaps",
         {t::time, t::interval, t::time, t::interval},
         t::bool_,
         "pg_overlaps(%1, pg_time_add(%1, %2), %3, pg_time_add(%3, %4))"},
        {"overlaps",
         {t::time, t::interval, t::time, t::time},
         t::bool_,
         "pg_overlaps(%1, pg_time_add(%1, %2), %3, %4)"},
        {"overlaps",
         {t::time, t::time, t::time, t::interval},
         t::bool_,
         "pg_overlaps(%1, %2, %3, pg_time_add(%3, %4))"},
        {"overlaps", {t::timetz, t::timetz, t::timetz, t::timetz}, t::bool_, "pg_overlaps_timetz"},
    };
    return table;
}

const std::vector<function_entry>& joined() {
    static const std::vector<function_entry> all = [] {
        auto out = clock_entries();
        out.insert(out.end(), entries().begin(), entries().end());
        out.insert(out.end(), overlaps_entries().begin(), overlaps_entries().end());
        return out;
    }();
    return all;
}

}  // namespace

std::span<const function_entry> datetime_functions() { return joined(); }

}  // namespace historyd::sql
