#include "storage/types/interval_parts.hpp"

#include <cmath>

#include "storage/types/civil_time.hpp"

namespace historyd::types {

namespace {

bool add_int32(std::int64_t v, std::int32_t& to) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(std::int64_t{to}, v, &sum) || sum < INT32_MIN || sum > INT32_MAX) {
        return false;
    }
    to = static_cast<std::int32_t>(sum);
    return true;
}

bool add_int32(std::int64_t value, int units, std::int32_t& to) {
    std::int64_t product = 0;
    return !__builtin_mul_overflow(value, units, &product) && add_int32(product, to);
}

}  // namespace

bool interval_parts::add_us(std::int64_t value, std::int64_t unit) {
    std::int64_t product = 0;
    return !__builtin_mul_overflow(value, unit, &product) &&
           !__builtin_add_overflow(us, product, &us);
}

bool interval_parts::add_fraction_us(double fraction, std::int64_t unit) {
    if (fraction == 0) return true;
    double scaled = fraction * static_cast<double>(unit);
    auto whole = static_cast<std::int64_t>(scaled);
    scaled -= static_cast<double>(whole);
    if (scaled > 0.5) ++whole;
    if (scaled < -0.5) --whole;
    return !__builtin_add_overflow(us, whole, &us);
}

bool interval_parts::add_fraction_days(double fraction, int days_per_unit) {
    if (fraction == 0) return true;
    const double scaled = fraction * days_per_unit;
    const double whole = std::trunc(scaled);
    return add_int32(static_cast<std::int64_t>(whole), days) &&
           add_fraction_us(scaled - whole, us_per_day);
}

bool interval_parts::add_years(std::int64_t value, int years_per_unit, double fraction) {
    const double extra_months = std::rint(fraction * years_per_unit * 12);
    return add_int32(value, years_per_unit, years) &&
           add_int32(static_cast<std::int64_t>(extra_months), months);
}

bool interval_parts::add(time_unit unit, std::int64_t value, double fraction) {
    switch (unit) {
        case time_unit::microsecond:
            return add_us(value, 1) && add_fraction_us(fraction, 1);
        case time_unit::millisecond:
            return add_us(value, 1000) && add_fraction_us(fraction, 1000);
        case time_unit::second:
            return add_us(value, us_per_second) && add_fraction_us(fraction, us_per_second);
        case time_unit::minute:
            return add_us(value, us_per_minute) && add_fraction_us(fraction, us_per_minute);
        case time_unit::hour:
            return add_us(value, us_per_hour) && add_fraction_us(fraction, us_per_hour);
        case time_unit::day:
            return add_int32(value, days) && add_fraction_us(fraction, us_per_day);
        case time_unit::week:
            return add_int32(value, 7, days) && add_fraction_days(fraction, 7);
        case time_unit::month:
            return add_int32(value, months) && add_fraction_days(fraction, 30);
        case time_unit::year:
            return add_years(value, 1, fraction);
        case time_unit::decade:
            return add_years(value, 10, fraction);
        case time_unit::century:
            return add_years(value, 100, fraction);
        case time_unit::millennium:
            return add_years(value, 1000, fraction);
        default:
            return false;
    }
}

bool interval_parts::add_clock(const clock_fields& clock, bool negative) {
    interval_parts time;
    if (!time.add_us(clock.hour, us_per_hour) || !time.add_us(clock.minute, us_per_minute) ||
        !time.add_us(clock.second, us_per_second) || !time.add_us(clock.microsecond, 1)) {
        return false;
    }
    return add_us(time.us, negative ? -1 : 1);
}

bool interval_parts::negate() {
    return !__builtin_sub_overflow(0, years, &years) &&
           !__builtin_sub_overflow(0, months, &months) && !__builtin_sub_overflow(0, days, &days) &&
           !__builtin_sub_overflow(std::int64_t{0}, us, &us);
}

std::optional<interval> interval_parts::total() const {
    std::int32_t total_months = months;
    if (!add_int32(years, 12, total_months)) return std::nullopt;
    return interval{total_months, days, us};
}

}  // namespace historyd::types
