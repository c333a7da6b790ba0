#include "storage/types/cast_families.hpp"
#include "storage/types/datetime_arithmetic.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/timezone.hpp"
#include "storage/types/type_errors.hpp"

namespace historyd::types {

namespace {

using converted = std::optional<result<value>>;

result<value> timestamptz_value(std::int64_t us) {
    if (!is_infinite_us(us) && !in_range_us(us)) {
        return sql_error(sqlstate::datetime_field_overflow, "timestamp out of range");
    }
    return value(timestamptz_to_storage(us));
}
result<value> timestamp_value(std::int64_t us) {
    if (!is_infinite_us(us) && !in_range_us(us)) {
        return sql_error(sqlstate::datetime_field_overflow, "timestamp out of range");
    }
    return value(timestamp_to_storage(us));
}

std::int64_t time_of_day(std::int64_t us) { return us - floor_div(us, us_per_day) * us_per_day; }

// Whatever a local timestamp can become, its zone aside.
converted from_local(std::int64_t us, oid to) {
    switch (to) {
        case type_oid::date:
            return value(date_to_storage(timestamp_to_date(us)));
        case type_oid::time:
            if (is_infinite_us(us)) return value();
            return value(time_to_storage(time_of_day(us)));
        default:
            return std::nullopt;
    }
}

converted from_timestamp(std::int64_t us, oid to, const io_settings& settings) {
    if (to == type_oid::timestamptz) return timestamptz_value(to_utc(us, settings.time_zone));
    return from_local(us, to);
}

converted from_timestamptz(std::int64_t us, oid to, const io_settings& settings) {
    const std::int64_t local = to_local(us, settings.time_zone);
    if (to == type_oid::timestamp) return timestamp_value(local);
    if (to == type_oid::timetz) {
        if (is_infinite_us(us)) return value();
        return value(
            timetz_to_storage({time_of_day(local), east_seconds_at(us, settings.time_zone)}));
    }
    return from_local(local, to);
}

converted from_date(std::int32_t day, oid to, const io_settings& settings) {
    const std::int64_t us = date_to_timestamp(day);
    if (to == type_oid::timestamp) return value(timestamp_to_storage(us));
    if (to == type_oid::timestamptz) return timestamptz_value(to_utc(us, settings.time_zone));
    return std::nullopt;
}

converted from_time(std::int64_t us, oid to, const io_settings& settings) {
    if (to == type_oid::interval) return value(interval_to_storage({0, 0, us}));
    if (to == type_oid::timetz) {
        // The offset in force today, at that time.
        const std::int64_t now = to_local(settings.now_us, settings.time_zone);
        const std::int64_t local = floor_div(now, us_per_day) * us_per_day + us;
        const auto east = (local - to_utc(local, settings.time_zone)) / us_per_second;
        return value(timetz_to_storage({us, static_cast<std::int32_t>(east)}));
    }
    return std::nullopt;
}

}  // namespace

converted cast_datetime(oid from, oid to, const value& v, const io_settings& settings) {
    switch (to) {
        case type_oid::date:
        case type_oid::time:
        case type_oid::timetz:
        case type_oid::timestamp:
        case type_oid::timestamptz:
        case type_oid::interval:
            break;
        default:
            return std::nullopt;
    }
    const auto* text = std::get_if<std::string>(&v);
    if (text == nullptr) return std::nullopt;
    const auto apply = [&](const auto& read, auto convert) -> converted {
        if (!read) return not_storage_form(from);
        return convert(*read);
    };
    switch (from) {
        case type_oid::timestamp:
            return apply(timestamp_from_storage(*text),
                         [&](std::int64_t us) { return from_timestamp(us, to, settings); });
        case type_oid::timestamptz:
            return apply(timestamptz_from_storage(*text),
                         [&](std::int64_t us) { return from_timestamptz(us, to, settings); });
        case type_oid::date:
            return apply(date_from_storage(*text),
                         [&](std::int32_t day) { return from_date(day, to, settings); });
        case type_oid::time:
            return apply(time_from_storage(*text),
                         [&](std::int64_t us) { return from_time(us, to, settings); });
        case type_oid::timetz:
            if (to != type_oid::time) return std::nullopt;
            return apply(timetz_from_storage(*text),
                         [](zoned_time t) -> converted { return value(time_to_storage(t.us)); });
        case type_oid::interval:
            if (to != type_oid::time) return std::nullopt;
            return apply(interval_from_storage(*text), [](interval i) -> converted {
                return value(time_to_storage(time_of_day(i.us)));
            });
        default:
            return std::nullopt;
    }
}

}  // namespace historyd::types
