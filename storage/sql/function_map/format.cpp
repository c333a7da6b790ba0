#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

// to_char() and the functions that read what it writes.
std::span<const function_entry> format_functions() {
    static const std::vector<function_entry> entries = {
        stable({"to_char", {t::timestamp, t::text}, t::text, "pg_to_char_timestamp"}),
        stable({"to_char", {t::timestamptz, t::text}, t::text, "pg_to_char_timestamptz"}),
        stable({"to_char", {t::interval, t::text}, t::text, "pg_to_char_interval"}),
        stable({"to_char", {t::int4, t::text}, t::text, "pg_to_char_integer"}),
        stable({"to_char", {t::int8, t::text}, t::text, "pg_to_char_integer"}),
        stable({"to_char", {t::numeric, t::text}, t::text, "pg_to_char_numeric"}),
        stable({"to_char", {t::float4, t::text}, t::text, "pg_to_char_float4"}),
        stable({"to_char", {t::float8, t::text}, t::text, "pg_to_char_float8"}),
        stable({"to_number", {t::text, t::text}, t::numeric, "pg_to_number"}),
        stable({"to_date", {t::text, t::text}, t::date, "pg_to_date"}),
        stable({"to_timestamp", {t::text, t::text}, t::timestamptz, "pg_to_timestamp"}),
        {"to_timestamp", {t::float8}, t::timestamptz, "pg_to_timestamp_epoch"},
    };
    return entries;
}

}  // namespace historyd::sql
