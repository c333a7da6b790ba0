#include "storage/sqlite/functions/date_field.hpp"
#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/timezone.hpp"

// extract() and date_part(), by the type they take a field of.

namespace historyd::sqlite {
namespace {

using field_of = result<date_field> (*)(const function_call&);

template <field_of Field>
result<value> extract(const function_call& c) {
    const auto field = Field(c);
    if (!field) return field.error();
    return field->as_numeric();
}

template <field_of Field>
result<value> date_part(const function_call& c) {
    const auto field = Field(c);
    if (!field) return field.error();
    return field->as_float8();
}

result<date_field> of_timestamp(const function_call& c) {
    const auto us = timestamp_argument(c, 1);
    if (!us) return us.error();
    return timestamp_field(c.text(0), *us, std::nullopt);
}

result<date_field> of_timestamptz(const function_call& c) {
    const auto us = timestamptz_argument(c, 1);
    if (!us) return us.error();
    const auto& zone = c.io().time_zone;
    const auto east = types::is_infinite_us(*us) ? 0 : types::east_seconds_at(*us, zone);
    return timestamp_field(c.text(0), types::to_local(*us, zone), east);
}

result<date_field> of_date(const function_call& c) {
    const auto day = date_argument(c, 1);
    if (!day) return day.error();
    return date_field_of(c.text(0), *day);
}

result<date_field> of_time(const function_call& c) {
    const auto us = time_argument(c, 1);
    if (!us) return us.error();
    return time_field(c.text(0), *us, std::nullopt);
}

result<date_field> of_timetz(const function_call& c) {
    const auto time = timetz_argument(c, 1);
    if (!time) return time.error();
    return time_field(c.text(0), time->us, time->east_seconds);
}

result<date_field> of_interval(const function_call& c) {
    const auto v = interval_argument(c, 1);
    if (!v) return v.error();
    return interval_field(c.text(0), *v);
}

}  // namespace

std::span<const scalar_function> date_field_functions() {
    static constexpr scalar_function functions[] = {
        strict<extract<of_timestamp>>("pg_extract_timestamp", 2),
        strict<extract<of_timestamptz>>("pg_extract_timestamptz", 2),
        strict<extract<of_date>>("pg_extract_date", 2),
        strict<extract<of_time>>("pg_extract_time", 2),
        strict<extract<of_timetz>>("pg_extract_timetz", 2),
        strict<extract<of_interval>>("pg_extract_interval", 2),
        strict<date_part<of_timestamp>>("pg_date_part_timestamp", 2),
        strict<date_part<of_timestamptz>>("pg_date_part_timestamptz", 2),
        strict<date_part<of_time>>("pg_date_part_time", 2),
        strict<date_part<of_timetz>>("pg_date_part_timetz", 2),
        strict<date_part<of_interval>>("pg_date_part_interval", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
