#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const operator_entry> datetime_operators() {
    static const std::vector<operator_entry> entries = {
        {"+", t::date, t::int4, t::date, "pg_date_add_days"},
        {"+", t::int4, t::date, t::date, "pg_date_add_days(%2, %1)"},
        {"-", t::date, t::int4, t::date, "pg_date_subtract_days"},
        {"-", t::date, t::date, t::int4, "pg_date_difference"},
        {"+", t::date, t::interval, t::timestamp, "pg_timestamp_add(pg_date_start(%1), %2)"},
        {"+", t::interval, t::date, t::timestamp, "pg_timestamp_add(pg_date_start(%2), %1)"},
        {"-", t::date, t::interval, t::timestamp, "pg_timestamp_subtract(pg_date_start(%1), %2)"},
        {"+", t::date, t::time, t::timestamp, "pg_date_add_time"},
        {"+", t::time, t::date, t::timestamp, "pg_date_add_time(%2, %1)"},
        {"+", t::date, t::timetz, t::timestamptz, "pg_date_add_timetz"},
        {"+", t::timetz, t::date, t::timestamptz, "pg_date_add_timetz(%2, %1)"},
        {"+", t::timestamp, t::interval, t::timestamp, "pg_timestamp_add"},
        {"+", t::interval, t::timestamp, t::timestamp, "pg_timestamp_add(%2, %1)"},
        {"-", t::timestamp, t::interval, t::timestamp, "pg_timestamp_subtract"},
        {"-", t::timestamp, t::timestamp, t::interval, "pg_timestamp_difference"},
        {"+", t::timestamptz, t::interval, t::timestamptz, "pg_timestamptz_add"},
        {"+", t::interval, t::timestamptz, t::timestamptz, "pg_timestamptz_add(%2, %1)"},
        {"-", t::timestamptz, t::interval, t::timestamptz, "pg_timestamptz_subtract"},
        {"-", t::timestamptz, t::timestamptz, t::interval, "pg_timestamptz_difference"},
        {"+", t::time, t::interval, t::time, "pg_time_add"},
        {"+", t::interval, t::time, t::time, "pg_time_add(%2, %1)"},
        {"-", t::time, t::interval, t::time, "pg_time_subtract"},
        {"-", t::time, t::time, t::interval, "pg_time_difference"},
        {"+", t::timetz, t::interval, t::timetz, "pg_timetz_add"},
        {"+", t::interval, t::timetz, t::timetz, "pg_timetz_add(%2, %1)"},
        {"-", t::timetz, t::interval, t::timetz, "pg_timetz_subtract"},
        {"+", t::interval, t::interval, t::interval, "pg_interval_add"},
        {"-", t::interval, t::interval, t::interval, "pg_interval_subtract"},
        {"-", 0, t::interval, t::interval, "pg_interval_negate(%2)"},
        {"*", t::interval, t::float8, t::interval, "pg_interval_multiply"},
        {"*", t::float8, t::interval, t::interval, "pg_interval_multiply(%2, %1)"},
        {"/", t::interval, t::float8, t::interval, "pg_interval_divide"},
    };
    return entries;
}

}  // namespace historyd::sql
