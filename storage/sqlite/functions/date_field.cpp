#include "storage/sqlite/functions/date_field.hpp"

#include <cmath>
#include <limits>

namespace historyd::sqlite {
namespace {

using integer = types::numeric::integer;

constexpr std::string_view timestamp_name = "timestamp without time zone";
constexpr std::string_view timestamptz_name = "timestamp with time zone";

// Centuries and millennia begin with year 1, and there is no year 0.
std::int64_t period_of(std::int64_t year, std::int64_t length) {
    return year > 0 ? (year + length - 1) / length : -((length - year) / length);
}

date_field seconds_field(date_unit unit, std::int64_t us_of_minute) {
    switch (unit) {
        case date_unit::microsecond:
            return date_field::whole(us_of_minute);
        case date_unit::millisecond:
            return date_field::scaled(us_of_minute, 3);
        default:
            return date_field::scaled(us_of_minute, 6);
    }
}

date_field zone_field(date_unit unit, std::int32_t east_seconds) {
    switch (unit) {
        case date_unit::zone_hour:
            return date_field::whole(east_seconds / 3600);
        case date_unit::zone_minute:
            return date_field::whole(east_seconds / 60 % 60);
        default:
            return date_field::whole(east_seconds);
    }
}

bool is_zone_unit(date_unit unit) {
    return unit == date_unit::zone || unit == date_unit::zone_hour ||
           unit == date_unit::zone_minute;
}

// Fields that grow without end keep an infinity; those that go round have no value.
date_field of_infinity(date_unit unit, bool negative) {
    switch (unit) {
        case date_unit::year:
        case date_unit::decade:
        case date_unit::century:
        case date_unit::millennium:
        case date_unit::julian:
        case date_unit::iso_year:
        case date_unit::epoch:
            return date_field::infinite(negative);
        default:
            return date_field::unknown();
    }
}

// Fields of the calendar. Requires: unit is one.
date_field calendar_field(date_unit unit, const types::civil_time& t, std::int64_t day) {
    switch (unit) {
        case date_unit::day:
            return date_field::whole(t.day);
        case date_unit::week:
            return date_field::whole(types::iso_week_of(t).week);
        case date_unit::month:
            return date_field::whole(t.month);
        case date_unit::quarter:
            return date_field::whole((t.month - 1) / 3 + 1);
        case date_unit::year:
            return date_field::whole(t.year > 0 ? t.year : t.year - 1);
        case date_unit::decade:
            return date_field::whole(types::floor_div(t.year, 10));
        case date_unit::century:
            return date_field::whole(period_of(t.year, 100));
        case date_unit::millennium:
            return date_field::whole(period_of(t.year, 1000));
        case date_unit::iso_year:
            return date_field::whole(types::iso_week_of(t).year);
        case date_unit::day_of_year:
            return date_field::whole(types::day_of_year(t));
        case date_unit::iso_day_of_week: {
            const int dow = types::day_of_week(day);
            return date_field::whole(dow == 0 ? 7 : dow);
        }
        default:
            return date_field::whole(types::day_of_week(day));
    }
}

bool is_time_unit(date_unit unit) { return unit <= date_unit::hour; }

date_field clock_field(date_unit unit, std::int64_t us_of_day) {
    switch (unit) {
        case date_unit::hour:
            return date_field::whole(us_of_day / types::us_per_hour);
        case date_unit::minute:
            return date_field::whole(us_of_day / types::us_per_minute % 60);
        default:
            return seconds_field(unit, us_of_day % types::us_per_minute);
    }
}

// A year counts 365.25 days and a month 30, as PostgreSQL's epoch of an interval does.
integer interval_epoch_us(types::interval v) {
    const integer years = v.months / 12, months = v.months % 12;
    const integer seconds = years * 31'557'600 + months * 2'592'000 + integer(v.days) * 86'400;
    return seconds * types::us_per_second + v.us;
}

}  // namespace

result<value> date_field::as_numeric() const {
    using types::numeric;
    switch (kind_) {
        case kind::scaled:
            return value(numeric(number_, scale_).to_string());
        case kind::infinite:
            return value(std::string(number_ < 0 ? "-Infinity" : "Infinity"));
        case kind::unknown:
            return value();
        case kind::julian:
            break;
    }
    const auto share = divide(numeric(us_of_day_), numeric(types::us_per_day));
    if (!share) return share.error();
    const auto sum = add(numeric(number_, 0), *share);
    if (!sum) return sum.error();
    return value(sum->to_string());
}

value date_field::as_float8() const {
    switch (kind_) {
        case kind::scaled:
            break;
        case kind::infinite:
            return number_ < 0 ? -std::numeric_limits<double>::infinity()
                               : std::numeric_limits<double>::infinity();
        case kind::unknown:
            return {};
        case kind::julian:
            return static_cast<double>(number_) +
                   static_cast<double>(us_of_day_) / static_cast<double>(types::us_per_day);
    }
    return static_cast<double>(number_) / std::pow(10.0, scale_);
}

result<date_field> timestamp_field(std::string_view name, std::int64_t local_us,
                                   std::optional<std::int32_t> east_seconds) {
    const auto type = east_seconds ? timestamptz_name : timestamp_name;
    const auto unit = find_date_unit(name);
    if (!unit) return unit_not_recognized(name, type);
    if (is_zone_unit(*unit) && !east_seconds) return unit_not_supported(name, type);
    if (types::is_infinite_us(local_us)) {
        return of_infinity(*unit, local_us == types::infinite_past_us);
    }
    if (is_zone_unit(*unit)) return zone_field(*unit, *east_seconds);
    const auto day = types::floor_div(local_us, types::us_per_day);
    const auto us_of_day = local_us - day * types::us_per_day;
    if (is_time_unit(*unit)) return clock_field(*unit, us_of_day);
    if (*unit == date_unit::epoch) {
        return date_field::scaled(local_us - east_seconds.value_or(0) * types::us_per_second, 6);
    }
    if (*unit == date_unit::julian)
        return date_field::julian(day + types::julian_day_of_epoch, us_of_day);
    return calendar_field(*unit, types::civil_from_us(local_us), day);
}

result<date_field> date_field_of(std::string_view name, std::int32_t day) {
    const auto unit = find_date_unit(name);
    if (!unit) return unit_not_recognized(name, "date");
    if (is_time_unit(*unit) || is_zone_unit(*unit)) return unit_not_supported(name, "date");
    if (types::is_infinite_day(day)) return of_infinity(*unit, day == types::infinite_past_day);
    if (*unit == date_unit::epoch) return date_field::whole(std::int64_t{day} * 86'400);
    if (*unit == date_unit::julian) return date_field::whole(day + types::julian_day_of_epoch);
    return calendar_field(*unit, types::civil_from_day(day), day);
}

result<date_field> time_field(std::string_view name, std::int64_t us,
                              std::optional<std::int32_t> east_seconds) {
    const std::string_view type = east_seconds ? "time with time zone" : "time without time zone";
    const auto unit = find_date_unit(name);
    if (!unit) return unit_not_recognized(name, type);
    if (is_time_unit(*unit)) return clock_field(*unit, us);
    if (*unit == date_unit::epoch) {
        return date_field::scaled(us - east_seconds.value_or(0) * types::us_per_second, 6);
    }
    if (is_zone_unit(*unit) && east_seconds) return zone_field(*unit, *east_seconds);
    return unit_not_supported(name, type);
}

result<date_field> interval_field(std::string_view name, types::interval v) {
    const auto unit = find_date_unit(name);
    if (!unit) return unit_not_recognized(name, "interval");
    const std::int64_t years = v.months / 12;
    switch (*unit) {
        case date_unit::hour:
            return date_field::whole(v.us / types::us_per_hour);
        case date_unit::minute:
            return date_field::whole(v.us / types::us_per_minute % 60);
        case date_unit::second:
        case date_unit::millisecond:
        case date_unit::microsecond:
            return seconds_field(*unit, v.us % types::us_per_minute);
        case date_unit::day:
            return date_field::whole(v.days);
        case date_unit::month:
            return date_field::whole(v.months % 12);
        case date_unit::quarter:
            return date_field::whole(v.months % 12 / 3 + 1);
        case date_unit::year:
            return date_field::whole(years);
        case date_unit::decade:
            return date_field::whole(years / 10);
        case date_unit::century:
            return date_field::whole(years / 100);
        case date_unit::millennium:
            return date_field::whole(years / 1000);
        case date_unit::epoch:
            return date_field::scaled(interval_epoch_us(v), 6);
        default:
            return unit_not_supported(name, "interval");
    }
}

}  // namespace historyd::sqlite
