#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/timezone.hpp"

// AT TIME ZONE.

namespace historyd::sqlite {
namespace {

// The types a time of day wraps in.
types::zoned_time moved(types::zoned_time time, std::int32_t east_seconds) {
    auto us = time.us + (east_seconds - time.east_seconds) * types::us_per_second;
    us -= types::floor_div(us, types::us_per_day) * types::us_per_day;
    return {us, east_seconds};
}

result<value> to_instant(const function_call& c) {
    const auto zone = zone_argument(c, 0);
    if (!zone) return zone.error();
    const auto local = timestamp_argument(c, 1);
    if (!local) return local.error();
    return timestamptz_value(types::to_utc(*local, *zone));
}

result<value> to_local(const function_call& c) {
    const auto zone = zone_argument(c, 0);
    if (!zone) return zone.error();
    const auto utc = timestamptz_argument(c, 1);
    if (!utc) return utc.error();
    return timestamp_value(types::to_local(*utc, *zone));
}

result<value> move_time(const function_call& c) {
    const auto zone = zone_argument(c, 0);
    if (!zone) return zone.error();
    const auto time = timetz_argument(c, 1);
    if (!time) return time.error();
    // A time of day has no date: the offset in force now.
    return value(
        types::timetz_to_storage(moved(*time, types::east_seconds_at(c.io().now_us, *zone))));
}

std::int64_t shifted(std::int64_t us, std::int64_t seconds) {
    return types::is_infinite_us(us) ? us : us + seconds * types::us_per_second;
}

result<value> to_instant_by_interval(const function_call& c) {
    const auto east = offset_argument(c, 0);
    if (!east) return east.error();
    const auto local = timestamp_argument(c, 1);
    if (!local) return local.error();
    return timestamptz_value(shifted(*local, -std::int64_t{*east}));
}

result<value> to_local_by_interval(const function_call& c) {
    const auto east = offset_argument(c, 0);
    if (!east) return east.error();
    const auto utc = timestamptz_argument(c, 1);
    if (!utc) return utc.error();
    return timestamp_value(shifted(*utc, *east));
}

result<value> move_time_by_interval(const function_call& c) {
    const auto east = offset_argument(c, 0);
    if (!east) return east.error();
    const auto time = timetz_argument(c, 1);
    if (!time) return time.error();
    return value(types::timetz_to_storage(moved(*time, *east)));
}

}  // namespace

std::span<const scalar_function> time_zone_functions() {
    static constexpr scalar_function functions[] = {
        strict<to_instant>("pg_timezone_timestamp", 2),
        strict<to_local>("pg_timezone_timestamptz", 2),
        strict<move_time>("pg_timezone_timetz", 2),
        strict<to_instant_by_interval>("pg_timezone_interval_timestamp", 2),
        strict<to_local_by_interval>("pg_timezone_interval_timestamptz", 2),
        strict<move_time_by_interval>("pg_timezone_interval_timetz", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
