#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/compare.hpp"
#include "storage/types/datetime_arithmetic.hpp"
#include "storage/types/timezone.hpp"

// + and - of dates, times and timestamps, age() and OVERLAPS.

namespace historyd::sqlite {
namespace {

using types::interval;

template <bool Subtract>
result<value> date_days(const function_call& c) {
    const auto day = date_argument(c, 0);
    if (!day) return day.error();
    return date_value(types::date_plus_days(*day, Subtract ? -c.integer(1) : c.integer(1)));
}

result<value> date_difference(const function_call& c) {
    const auto a = date_argument(c, 0), b = date_argument(c, 1);
    if (!a) return a.error();
    if (!b) return b.error();
    const auto days = types::date_difference(*a, *b);
    if (!days) return days.error();
    return value(*days);
}

// A date as the timestamp of its midnight.
result<value> date_start(const function_call& c) {
    const auto day = date_argument(c, 0);
    if (!day) return day.error();
    return timestamp_value(types::date_to_timestamp(*day));
}

result<value> date_time(const function_call& c) {
    const auto day = date_argument(c, 0);
    if (!day) return day.error();
    const auto time = time_argument(c, 1);
    if (!time) return time.error();
    const auto start = types::date_to_timestamp(*day);
    return timestamp_value(types::is_infinite_us(start) ? start : start + *time);
}

result<value> date_timetz(const function_call& c) {
    const auto day = date_argument(c, 0);
    if (!day) return day.error();
    const auto time = timetz_argument(c, 1);
    if (!time) return time.error();
    const auto start = types::date_to_timestamp(*day);
    if (types::is_infinite_us(start)) return timestamptz_value(start);
    return timestamptz_value(start + time->us - time->east_seconds * types::us_per_second);
}

template <result<std::int64_t> (*Operation)(std::int64_t, interval)>
result<value> timestamp_interval(const function_call& c) {
    const auto us = timestamp_argument(c, 0);
    if (!us) return us.error();
    const auto v = interval_argument(c, 1);
    if (!v) return v.error();
    return timestamp_value(Operation(*us, *v));
}

template <result<std::int64_t> (*Operation)(std::int64_t, interval, const absl::TimeZone&)>
result<value> timestamptz_interval(const function_call& c) {
    const auto us = timestamptz_argument(c, 0);
    if (!us) return us.error();
    const auto v = interval_argument(c, 1);
    if (!v) return v.error();
    return timestamptz_value(Operation(*us, *v, c.io().time_zone));
}

template <result<std::int64_t> (*Argument)(const function_call&, int),
          result<interval> (*Operation)(std::int64_t, std::int64_t)>
result<value> between(const function_call& c) {
    const auto a = Argument(c, 0);
    if (!a) return a.error();
    const auto b = Argument(c, 1);
    if (!b) return b.error();
    return interval_value(Operation(*a, *b));
}

result<value> age_timestamptz(const function_call& c) {
    const auto a = timestamptz_argument(c, 0);
    if (!a) return a.error();
    const auto b = timestamptz_argument(c, 1);
    if (!b) return b.error();
    return interval_value(types::timestamptz_age(*a, *b, c.io().time_zone));
}

// Only the time part of an interval moves a time of day; it wraps around midnight.
interval signed_interval(interval v, bool subtract) {
    return subtract ? interval{.us = v.us == INT64_MIN ? 0 : -v.us} : v;
}

template <bool Subtract>
result<value> time_interval(const function_call& c) {
    const auto us = time_argument(c, 0);
    if (!us) return us.error();
    const auto v = interval_argument(c, 1);
    if (!v) return v.error();
    return value(types::time_to_storage(types::time_plus(*us, signed_interval(*v, Subtract))));
}

template <bool Subtract>
result<value> timetz_interval(const function_call& c) {
    const auto time = timetz_argument(c, 0);
    if (!time) return time.error();
    const auto v = interval_argument(c, 1);
    if (!v) return v.error();
    return value(
        types::timetz_to_storage(types::timetz_plus(*time, signed_interval(*v, Subtract))));
}

result<value> time_difference(const function_call& c) {
    const auto a = time_argument(c, 0);
    if (!a) return a.error();
    const auto b = time_argument(c, 1);
    if (!b) return b.error();
    return interval_value(interval{.us = *a - *b});
}

using comparison = int (*)(std::string_view, std::string_view);

int compare_plain(std::string_view a, std::string_view b) { return a.compare(b); }

// One side of OVERLAPS: its ends in order; an unknown end is the later one.
struct period {
    std::optional<std::string_view> start, end;

    period(const function_call& c, int first, comparison compare) {
        if (!c.is_null(first)) start = c.text(first);
        if (!c.is_null(first + 1)) end = c.text(first + 1);
        if (!start || (end && compare(*start, *end) > 0)) std::swap(start, end);
    }
};

// The SQL standard's OVERLAPS: periods are half open, equal starts always overlap.
template <comparison Compare>
result<value> overlaps(const function_call& c) {
    period a(c, 0, Compare), b(c, 2, Compare);
    if (!a.start || !b.start) return value();
    const int order = Compare(*a.start, *b.start);
    if (order == 0) return a.end && b.end ? bool_value(true) : value();
    if (order > 0) std::swap(a, b);
    if (!a.end) return value();
    if (Compare(*b.start, *a.end) < 0) return bool_value(true);
    return b.end ? bool_value(false) : value();
}

}  // namespace

std::span<const scalar_function> date_arithmetic_functions() {
    static constexpr scalar_function functions[] = {
        strict<date_days<false>>("pg_date_add_days", 2),
        strict<date_days<true>>("pg_date_subtract_days", 2),
        strict<date_difference>("pg_date_difference", 2),
        strict<date_start>("pg_date_start", 1),
        strict<date_time>("pg_date_add_time", 2),
        strict<date_timetz>("pg_date_add_timetz", 2),
        strict<timestamp_interval<types::timestamp_plus>>("pg_timestamp_add", 2),
        strict<timestamp_interval<types::timestamp_minus>>("pg_timestamp_subtract", 2),
        strict<timestamptz_interval<types::timestamptz_plus>>("pg_timestamptz_add", 2),
        strict<timestamptz_interval<types::timestamptz_minus>>("pg_timestamptz_subtract", 2),
        strict<between<timestamp_argument, types::timestamp_difference>>("pg_timestamp_difference",
                                                                         2),
        strict<between<timestamptz_argument, types::timestamp_difference>>(
            "pg_timestamptz_difference", 2),
        strict<between<timestamp_argument, types::timestamp_age>>("pg_age_timestamp", 2),
        strict<age_timestamptz>("pg_age_timestamptz", 2),
        strict<time_interval<false>>("pg_time_add", 2),
        strict<time_interval<true>>("pg_time_subtract", 2),
        strict<time_difference>("pg_time_difference", 2),
        strict<timetz_interval<false>>("pg_timetz_add", 2),
        strict<timetz_interval<true>>("pg_timetz_subtract", 2),
        nullable<overlaps<compare_plain>>("pg_overlaps", 4),
        nullable<overlaps<types::compare_timetz_text>>("pg_overlaps_timetz", 4),
    };
    return functions;
}

}  // namespace historyd::sqlite
