#include "storage/types/interval.hpp"

#include <cmath>
#include <limits>

#include "storage/types/civil_time.hpp"
#include "storage/types/datetime_parse.hpp"
#include "storage/types/interval_typmod.hpp"

namespace historyd::types {

namespace {

constexpr int days_per_month = 30;

sql_error out_of_range() { return {sqlstate::datetime_field_overflow, "interval out of range"}; }

// An interval's length as PostgreSQL compares it, in microseconds: more than an int64 holds.
__extension__ typedef __int128 wide;
wide span(interval v) {
    const std::int64_t days = std::int64_t{v.months} * days_per_month + v.days;
    return static_cast<wide>(days) * us_per_day + v.us;
}

bool fits_int32(double v) { return v >= INT32_MIN && v <= INT32_MAX; }

// Rounds away the noise below a microsecond that binary fractions bring.
double round_to_us(double v) { return std::rint(v * 1e6) / 1e6; }

// Each field times a factor: fractions of months become days, fractions of days become time.
template <class Scale>
result<interval> scaled(interval v, Scale scale) {
    constexpr double seconds_per_day = 86'400;
    const double months = scale(v.months), days = scale(v.days);
    if (!fits_int32(months) || !fits_int32(days)) return out_of_range();  // NaN fails both
    interval r{static_cast<std::int32_t>(months), static_cast<std::int32_t>(days), 0};

    const double month_days = round_to_us((months - r.months) * days_per_month);
    double seconds =
        round_to_us((days - r.days + month_days - std::trunc(month_days)) * seconds_per_day);
    if (std::fabs(seconds) >= seconds_per_day) {
        const int whole_days = static_cast<int>(seconds / seconds_per_day);
        if (__builtin_add_overflow(r.days, whole_days, &r.days)) return out_of_range();
        seconds -= whole_days * seconds_per_day;
    }
    if (__builtin_add_overflow(r.days, static_cast<int>(month_days), &r.days))
        return out_of_range();
    const double us = std::rint(scale(static_cast<double>(v.us)) + seconds * 1e6);
    if (!(us >= -0x1p63 && us < 0x1p63)) return out_of_range();
    r.us = static_cast<std::int64_t>(us);
    return r;
}

// Moves whole multiples of `unit` from `small` to `large`.
template <class Small>
bool carry(Small& small, Small unit, std::int32_t& large) {
    const auto count = small / unit;
    small -= count * unit;
    std::int64_t sum = 0;
    if (__builtin_add_overflow(std::int64_t{large}, std::int64_t{count}, &sum) || sum < INT32_MIN ||
        sum > INT32_MAX) {
        return false;
    }
    large = static_cast<std::int32_t>(sum);
    return true;
}

int sign_of(std::int64_t v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }

}  // namespace

int compare(interval a, interval b) {
    const wide x = span(a), y = span(b);
    return x < y ? -1 : x > y ? 1 : 0;
}

result<interval> add(interval a, interval b) {
    interval r;
    if (__builtin_add_overflow(a.months, b.months, &r.months) ||
        __builtin_add_overflow(a.days, b.days, &r.days) ||
        __builtin_add_overflow(a.us, b.us, &r.us)) {
        return out_of_range();
    }
    return r;
}

result<interval> negate(interval a) { return subtract({}, a); }

result<interval> subtract(interval a, interval b) {
    interval r;
    if (__builtin_sub_overflow(a.months, b.months, &r.months) ||
        __builtin_sub_overflow(a.days, b.days, &r.days) ||
        __builtin_sub_overflow(a.us, b.us, &r.us)) {
        return out_of_range();
    }
    return r;
}

result<interval> multiply(interval a, double factor) {
    return scaled(a, [factor](double v) { return v * factor; });
}

result<interval> divide(interval a, double divisor) {
    if (divisor == 0) return sql_error(sqlstate::division_by_zero, "division by zero");
    return scaled(a, [divisor](double v) { return v / divisor; });
}

result<interval> justify_hours(interval v) {
    if (!carry(v.us, us_per_day, v.days)) return out_of_range();
    if (v.days > 0 && v.us < 0) {
        v.us += us_per_day;
        --v.days;
    } else if (v.days < 0 && v.us > 0) {
        v.us -= us_per_day;
        ++v.days;
    }
    return v;
}

result<interval> justify_days(interval v) {
    if (!carry(v.days, std::int32_t{days_per_month}, v.months)) return out_of_range();
    if (v.months > 0 && v.days < 0) {
        v.days += days_per_month;
        --v.months;
    } else if (v.months < 0 && v.days > 0) {
        v.days -= days_per_month;
        ++v.months;
    }
    return v;
}

result<interval> justify_interval(interval v) {
    // Days first where they and the time agree in sign, so that the time's carry cannot overflow
    // them.
    if (sign_of(v.days) * sign_of(v.us) > 0 &&
        !carry(v.days, std::int32_t{days_per_month}, v.months)) {
        return out_of_range();
    }
    if (!carry(v.us, us_per_day, v.days) ||
        !carry(v.days, std::int32_t{days_per_month}, v.months)) {
        return out_of_range();
    }
    if (v.months > 0 && (v.days < 0 || (v.days == 0 && v.us < 0))) {
        v.days += days_per_month;
        --v.months;
    } else if (v.months < 0 && (v.days > 0 || (v.days == 0 && v.us > 0))) {
        v.days -= days_per_month;
        ++v.months;
    }
    if (v.days > 0 && v.us < 0) {
        v.us += us_per_day;
        --v.days;
    } else if (v.days < 0 && v.us > 0) {
        v.us -= us_per_day;
        ++v.days;
    }
    return v;
}

result<interval> apply_interval_typmod(interval v, std::int32_t typmod) {
    if (typmod < 0) return v;
    const int fields = interval_fields(typmod);
    const auto keep_time_down_to = [&v](std::int64_t unit) { v.us = v.us / unit * unit; };
    if (fields != interval_all_fields) {
        // Fields below the last one named are dropped; those above it are always kept.
        if ((fields & interval_second) != 0) {
        } else if ((fields & interval_minute) != 0) {
            keep_time_down_to(us_per_minute);
        } else if ((fields & interval_hour) != 0) {
            keep_time_down_to(us_per_hour);
        } else if ((fields & interval_day) != 0) {
            v.us = 0;
        } else if ((fields & interval_month) != 0) {
            v.days = 0;
            v.us = 0;
        } else {
            v.months = v.months / 12 * 12;
            v.days = 0;
            v.us = 0;
        }
    }
    v.us = round_us(v.us, interval_precision(typmod));
    return v;
}

std::optional<interval> interval_from_storage(std::string_view text) {
    auto v = parse_interval(text);
    if (!v) return std::nullopt;
    return *v;
}

std::string interval_to_storage(interval v) {
    std::string text;
    format_interval(v, interval_style::postgres, text);
    return text;
}

}  // namespace historyd::types
