#include <cmath>

#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"

// Arithmetic of intervals, justify_...() and make_interval().

namespace historyd::sqlite {
namespace {

using types::interval;

template <result<interval> (*Operation)(interval, interval)>
result<value> binary(const function_call& c) {
    const auto a = interval_argument(c, 0);
    if (!a) return a.error();
    const auto b = interval_argument(c, 1);
    if (!b) return b.error();
    return interval_value(Operation(*a, *b));
}

template <result<interval> (*Operation)(interval, double)>
result<value> scaled(const function_call& c) {
    const auto a = interval_argument(c, 0);
    if (!a) return a.error();
    return interval_value(Operation(*a, c.real(1)));
}

template <result<interval> (*Operation)(interval)>
result<value> unary(const function_call& c) {
    const auto a = interval_argument(c, 0);
    if (!a) return a.error();
    return interval_value(Operation(*a));
}

sql_error out_of_range() { return {sqlstate::datetime_field_overflow, "interval out of range"}; }

// make_interval(years, months, weeks, days, hours, mins, secs), those left out being 0.
result<value> make(const function_call& c) {
    const auto part = [&](int i) { return i < c.count() ? c.integer(i) : std::int64_t{0}; };
    const double seconds = c.count() > 6 ? c.real(6) : 0.0;
    if (!std::isfinite(seconds)) return out_of_range();
    const auto months = part(0) * 12 + part(1), days = part(2) * 7 + part(3);
    const double us = std::nearbyint(seconds * 1e6);
    const auto whole = part(4) * types::us_per_hour + part(5) * types::us_per_minute;
    std::int64_t total = 0;
    if (months != static_cast<std::int32_t>(months) || days != static_cast<std::int32_t>(days) ||
        std::fabs(us) >= 9.2e18 ||
        __builtin_add_overflow(whole, static_cast<std::int64_t>(us), &total)) {
        return out_of_range();
    }
    return interval_value(
        interval{static_cast<std::int32_t>(months), static_cast<std::int32_t>(days), total});
}

}  // namespace

std::span<const scalar_function> interval_functions() {
    static constexpr scalar_function functions[] = {
        strict<binary<types::add>>("pg_interval_add", 2),
        strict<binary<types::subtract>>("pg_interval_subtract", 2),
        strict<unary<types::negate>>("pg_interval_negate", 1),
        strict<scaled<types::multiply>>("pg_interval_multiply", 2),
        strict<scaled<types::divide>>("pg_interval_divide", 2),
        strict<unary<types::justify_hours>>("pg_justify_hours", 1),
        strict<unary<types::justify_days>>("pg_justify_days", 1),
        strict<unary<types::justify_interval>>("pg_justify_interval", 1),
        strict<make>("pg_make_interval", -1),
    };
    return functions;
}

}  // namespace historyd::sqlite
