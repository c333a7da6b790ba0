#include "storage/types/datetime_arithmetic.hpp"

#include <algorithm>

#include "storage/types/timezone.hpp"

namespace historyd::types {

namespace {

sql_error timestamp_out_of_range() {
    return {sqlstate::datetime_field_overflow, "timestamp out of range"};
}

result<std::int64_t> in_range(std::int64_t us) {
    if (!in_range_us(us)) return timestamp_out_of_range();
    return us;
}

// Adds months and days to a local time, the day clamped to the month's length.
// Returns: nullopt when that leaves every range.
std::optional<std::int64_t> plus_calendar(std::int64_t us, std::int32_t months, std::int32_t days) {
    if (months != 0) {
        civil_time t = civil_from_us(us);
        const std::int64_t month = t.year * 12 + (t.month - 1) + months;
        t.year = floor_div(month, 12);
        t.month = static_cast<int>(month - t.year * 12) + 1;
        // Far outside, but a number of days may bring it back: the arithmetic still holds here.
        t.day = std::min(t.day, days_in_month(t.year, t.month));
        if (t.year < -290'000 || t.year > 290'000) return std::nullopt;
        us = us_from_civil(t);
    }
    std::int64_t shift = 0;
    if (__builtin_mul_overflow(std::int64_t{days}, us_per_day, &shift) ||
        __builtin_add_overflow(us, shift, &us)) {
        return std::nullopt;
    }
    return us;
}

result<std::int64_t> plus_time(std::optional<std::int64_t> us, std::int64_t time) {
    if (!us || __builtin_add_overflow(*us, time, &*us)) return timestamp_out_of_range();
    return in_range(*us);
}

// age(): the difference field by field, a borrowed month as long as the earlier date's.
interval calendar_difference(std::int64_t a, std::int64_t b) {
    const bool negative = a < b;
    if (negative) std::swap(a, b);
    const civil_time later = civil_from_us(a), earlier = civil_from_us(b);
    std::int64_t months = (later.year - earlier.year) * 12 + (later.month - earlier.month);
    int days = later.day - earlier.day;
    const auto time_of = [](std::int64_t us) {
        return us - floor_div(us, us_per_day) * us_per_day;
    };
    std::int64_t us = time_of(a) - time_of(b);
    if (us < 0) {
        us += us_per_day;
        --days;
    }
    while (days < 0) {
        days += days_in_month(earlier.year, earlier.month);
        --months;
    }
    const int sign = negative ? -1 : 1;
    return {static_cast<std::int32_t>(sign * months), sign * days, sign * us};
}

}  // namespace

result<std::int64_t> timestamp_plus(std::int64_t us, interval v) {
    if (is_infinite_us(us)) return us;
    return plus_time(plus_calendar(us, v.months, v.days), v.us);
}

result<std::int64_t> timestamp_minus(std::int64_t us, interval v) {
    if (is_infinite_us(us)) return us;
    const auto negative = negate(v);
    if (!negative) return timestamp_out_of_range();
    return timestamp_plus(us, *negative);
}

result<std::int64_t> timestamptz_plus(std::int64_t us, interval v, const absl::TimeZone& zone) {
    if (is_infinite_us(us)) return us;
    if (v.months == 0 && v.days == 0) return plus_time(us, v.us);
    // One step a field, each landing on a local time that exists, as PostgreSQL goes.
    std::optional<std::int64_t> at = us;
    if (v.months != 0) {
        at = plus_calendar(to_local(*at, zone), v.months, 0);
        if (!at || !in_range_us(*at)) return timestamp_out_of_range();
        at = to_utc(*at, zone);
    }
    if (v.days != 0) {
        at = plus_calendar(to_local(*at, zone), 0, v.days);
        if (!at || !in_range_us(*at)) return timestamp_out_of_range();
        at = to_utc(*at, zone);
    }
    return plus_time(at, v.us);
}

result<std::int64_t> timestamptz_minus(std::int64_t us, interval v, const absl::TimeZone& zone) {
    if (is_infinite_us(us)) return us;
    const auto negative = negate(v);
    if (!negative) return timestamp_out_of_range();
    return timestamptz_plus(us, *negative, zone);
}

result<interval> timestamp_difference(std::int64_t a, std::int64_t b) {
    if (is_infinite_us(a) || is_infinite_us(b)) {
        return sql_error(sqlstate::datetime_field_overflow, "cannot subtract infinite timestamps");
    }
    return justify_hours({0, 0, a - b});
}

result<interval> timestamp_age(std::int64_t a, std::int64_t b) {
    if (is_infinite_us(a) || is_infinite_us(b)) return timestamp_out_of_range();
    return calendar_difference(a, b);
}

result<interval> timestamptz_age(std::int64_t a, std::int64_t b, const absl::TimeZone& zone) {
    if (is_infinite_us(a) || is_infinite_us(b)) return timestamp_out_of_range();
    return calendar_difference(to_local(a, zone), to_local(b, zone));
}

result<std::int32_t> date_plus_days(std::int32_t day, std::int64_t days) {
    if (is_infinite_day(day)) return day;
    std::int64_t sum = 0;
    if (__builtin_add_overflow(std::int64_t{day}, days, &sum) || !in_range_day(sum)) {
        return sql_error(sqlstate::datetime_field_overflow, "date out of range");
    }
    return static_cast<std::int32_t>(sum);
}

result<std::int64_t> date_difference(std::int32_t a, std::int32_t b) {
    if (is_infinite_day(a) || is_infinite_day(b)) {
        return sql_error(sqlstate::datetime_field_overflow, "cannot subtract infinite dates");
    }
    return std::int64_t{a} - b;
}

std::int64_t date_to_timestamp(std::int32_t day) {
    if (day == infinite_future_day) return infinite_future_us;
    if (day == infinite_past_day) return infinite_past_us;
    return day * us_per_day;
}

std::int32_t timestamp_to_date(std::int64_t us) {
    if (us == infinite_future_us) return infinite_future_day;
    if (us == infinite_past_us) return infinite_past_day;
    return static_cast<std::int32_t>(floor_div(us, us_per_day));
}

std::int64_t time_plus(std::int64_t time_us, interval v) {
    // Whole days of the interval do not count; its time is brought near zero first.
    const std::int64_t sum = time_us + v.us % us_per_day;
    return sum - floor_div(sum, us_per_day) * us_per_day;
}

zoned_time timetz_plus(zoned_time t, interval v) { return {time_plus(t.us, v), t.east_seconds}; }

}  // namespace historyd::types
