#include "storage/sqlite/functions/date_unit.hpp"
#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/timezone.hpp"

// date_trunc() and date_bin().

namespace historyd::sqlite {
namespace {

std::int64_t unit_us(date_unit unit) {
    switch (unit) {
        case date_unit::microsecond:
            return 1;
        case date_unit::millisecond:
            return 1000;
        case date_unit::second:
            return types::us_per_second;
        case date_unit::minute:
            return types::us_per_minute;
        case date_unit::hour:
            return types::us_per_hour;
        default:
            return types::us_per_day;
    }
}

// First year of the decade, century or millennium a year belongs to; the latter two begin with 1.
std::int64_t period_start(std::int64_t year, date_unit unit) {
    switch (unit) {
        case date_unit::decade:
            return types::floor_div(year, 10) * 10;
        case date_unit::century:
            return types::floor_div(year - 1, 100) * 100 + 1;
        case date_unit::millennium:
            return types::floor_div(year - 1, 1000) * 1000 + 1;
        default:
            return year;
    }
}

// Requires: us is not infinite.
std::int64_t truncated(std::int64_t us, date_unit unit) {
    if (unit <= date_unit::day) {
        const auto step = unit_us(unit);
        return types::floor_div(us, step) * step;
    }
    auto t = types::civil_from_us(us);
    const auto day = types::floor_div(us, types::us_per_day);
    if (unit == date_unit::week) {
        const int since_monday = (types::day_of_week(day) + 6) % 7;
        return (day - since_monday) * types::us_per_day;
    }
    int month = 1;
    if (unit == date_unit::month) month = t.month;
    if (unit == date_unit::quarter) month = (t.month - 1) / 3 * 3 + 1;
    return types::days_from_civil(period_start(t.year, unit), month, 1) * types::us_per_day;
}

result<date_unit> truncation_unit(std::string_view name, std::string_view type) {
    const auto unit = find_date_unit(name);
    if (!unit || *unit > date_unit::millennium) return unit_not_recognized(name, type);
    return *unit;
}

result<value> trunc_timestamp(const function_call& c) {
    const auto us = timestamp_argument(c, 1);
    if (!us || types::is_infinite_us(*us)) return timestamp_value(us);
    const auto unit = truncation_unit(c.text(0), "timestamp without time zone");
    if (!unit) return unit.error();
    return timestamp_value(truncated(*us, *unit));
}

result<value> trunc_timestamptz(const function_call& c) {
    auto zone = c.io().time_zone;
    if (c.count() > 2) {
        const auto given = zone_argument(c, 2);
        if (!given) return given.error();
        zone = *given;
    }
    const auto us = timestamptz_argument(c, 1);
    if (!us || types::is_infinite_us(*us)) return timestamptz_value(us);
    const auto unit = truncation_unit(c.text(0), "timestamp with time zone");
    if (!unit) return unit.error();
    const auto local = types::to_local(*us, zone);
    const auto start = truncated(local, *unit);
    // Within the hour the offset stays, or the hour that is repeated in autumn would merge.
    return timestamptz_value(*unit < date_unit::day ? start - (local - *us)
                                                    : types::to_utc(start, zone));
}

result<value> trunc_interval(const function_call& c) {
    auto v = interval_argument(c, 1);
    if (!v) return v.error();
    const auto unit = truncation_unit(c.text(0), "interval");
    if (!unit) return unit.error();
    if (*unit == date_unit::week) {
        return unit_not_supported(c.text(0), "interval")
            .with_detail("Months usually have fractional weeks.");
    }
    if (*unit < date_unit::day) {
        v->us -= v->us % unit_us(*unit);
        return interval_value(*v);
    }
    v->us = 0;
    if (*unit == date_unit::day) return interval_value(*v);
    v->days = 0;
    const int months = *unit == date_unit::month     ? 1
                       : *unit == date_unit::quarter ? 3
                       : *unit == date_unit::year    ? 12
                       : *unit == date_unit::decade  ? 120
                       : *unit == date_unit::century ? 1'200
                                                     : 12'000;
    v->months -= v->months % months;
    return interval_value(*v);
}

result<std::int64_t> bin_start(types::interval stride, std::int64_t us, std::int64_t origin) {
    if (types::is_infinite_us(us)) return us;
    if (types::is_infinite_us(origin)) {
        return sql_error(sqlstate::datetime_field_overflow, "origin out of range");
    }
    if (stride.months != 0) {
        return sql_error(sqlstate::feature_not_supported,
                         "timestamps cannot be binned into intervals containing months or years");
    }
    std::int64_t step = 0;
    if (__builtin_mul_overflow(std::int64_t{stride.days}, types::us_per_day, &step) ||
        __builtin_add_overflow(step, stride.us, &step)) {
        return sql_error(sqlstate::datetime_field_overflow, "interval out of range");
    }
    if (step <= 0) {
        return sql_error(sqlstate::datetime_field_overflow, "stride must be greater than zero");
    }
    return origin + types::floor_div(us - origin, step) * step;
}

template <result<std::int64_t> (*Argument)(const function_call&, int)>
result<std::int64_t> bin(const function_call& c) {
    const auto stride = interval_argument(c, 0);
    if (!stride) return stride.error();
    const auto us = Argument(c, 1);
    if (!us) return us;
    const auto origin = Argument(c, 2);
    if (!origin) return origin;
    return bin_start(*stride, *us, *origin);
}

result<value> bin_timestamp(const function_call& c) {
    return timestamp_value(bin<timestamp_argument>(c));
}

result<value> bin_timestamptz(const function_call& c) {
    return timestamptz_value(bin<timestamptz_argument>(c));
}

}  // namespace

std::span<const scalar_function> date_trunc_functions() {
    static constexpr scalar_function functions[] = {
        strict<trunc_timestamp>("pg_date_trunc_timestamp", 2),
        strict<trunc_timestamptz>("pg_date_trunc_timestamptz", 2),
        strict<trunc_timestamptz>("pg_date_trunc_timestamptz", 3),
        strict<trunc_interval>("pg_date_trunc_interval", 2),
        strict<bin_timestamp>("pg_date_bin_timestamp", 3),
        strict<bin_timestamptz>("pg_date_bin_timestamptz", 3),
    };
    return functions;
}

}  // namespace historyd::sqlite
