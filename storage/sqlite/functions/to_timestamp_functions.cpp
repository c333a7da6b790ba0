#include "storage/sqlite/functions/date_fields_read.hpp"
#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/timezone.hpp"

// to_timestamp(text, picture) and to_date().

namespace historyd::sqlite {
namespace {

sql_error out_of_range(std::string_view text) {
    return {sqlstate::datetime_field_overflow,
            "date/time field value out of range: \"" + std::string(text) + "\""};
}

// The year as it is counted here: 0 is 1 BC.
int full_year(const date_fields_read& f) {
    int year = f.year.value_or(0);
    if (f.century) {
        if (!f.year) {
            year = (*f.century - 1) * 100 + 1;
        } else if (f.year_digits <= 2) {
            // CC with YY: the last year of a century is its hundredth.
            year = year % 100;
            year = year == 0 ? *f.century * 100 : (*f.century - 1) * 100 + year;
        }
    }
    if (f.before_christ.value_or(false) && year > 0) return 1 - year;
    return year < 0 ? year + 1 : year;
}

std::int64_t iso_day(const date_fields_read& f) {
    const int year = f.iso_year.value_or(0);
    if (f.iso_day_of_year) return types::day_of_iso_week(year, 1) + *f.iso_day_of_year - 1;
    return types::day_of_iso_week(year, f.iso_week.value_or(1)) + f.iso_day_of_week.value_or(1) - 1;
}

result<std::int64_t> day_number(const date_fields_read& f, std::string_view text) {
    if (f.julian_day) return std::int64_t{*f.julian_day} - types::julian_day_of_epoch;
    const bool iso = f.iso_year || f.iso_week || f.iso_day_of_week || f.iso_day_of_year;
    if (iso && (f.year || f.month || f.day || f.day_of_year)) {
        return sql_error(sqlstate::invalid_datetime_format,
                         "invalid combination of date conventions")
            .with_hint(
                "Do not mix Gregorian and ISO week date conventions in a formatting "
                "template.");
    }
    if (iso) return iso_day(f);
    const int year = full_year(f);
    if (f.day_of_year && !f.month && !f.day) {
        if (*f.day_of_year < 1 || *f.day_of_year > (types::is_leap_year(year) ? 366 : 365)) {
            return out_of_range(text);
        }
        return types::days_from_civil(year, 1, 1) + *f.day_of_year - 1;
    }
    const int month = f.month.value_or(1);
    int day = f.day.value_or(1);
    if (!f.day && f.week_of_month) day = (*f.week_of_month - 1) * 7 + 1;
    if (month < 1 || month > 12 || day < 1 || day > types::days_in_month(year, month)) {
        return out_of_range(text);
    }
    const auto first = types::days_from_civil(year, month, day);
    return f.week_of_year && !f.month && !f.day
               ? types::days_from_civil(year, 1, 1) + (*f.week_of_year - 1) * 7
               : first;
}

result<std::int64_t> time_of_day(const date_fields_read& f, std::string_view text) {
    if (f.second_of_day) {
        if (*f.second_of_day < 0 || *f.second_of_day >= 86'400) return out_of_range(text);
        return *f.second_of_day * types::us_per_second + f.microsecond.value_or(0);
    }
    int hour = f.hour.value_or(0);
    if (f.twelve_hour_clock && f.hour) {
        if (hour < 1 || hour > 12) {
            return sql_error(
                       sqlstate::invalid_datetime_format,
                       "hour \"" + std::to_string(hour) + "\" is invalid for the 12-hour clock")
                .with_hint("Use the 24-hour clock, or give an hour between 1 and 12.");
        }
        hour = hour % 12 + (f.afternoon.value_or(false) ? 12 : 0);
    }
    const int minute = f.minute.value_or(0), second = f.second.value_or(0);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
        f.microsecond.value_or(0) < 0 || f.microsecond.value_or(0) >= types::us_per_second) {
        return out_of_range(text);
    }
    return hour * types::us_per_hour + minute * types::us_per_minute +
           second * types::us_per_second + f.microsecond.value_or(0);
}

result<local_time_read> read(const function_call& c) {
    const auto fields = read_date_fields(c.text(0), date_picture::parse(c.text(1)));
    if (!fields) return fields.error();
    return put_together(*fields, c.text(0));
}

result<value> to_timestamp(const function_call& c) {
    const auto t = read(c);
    if (!t) return t.error();
    return timestamptz_value(t->east_seconds ? t->local_us - *t->east_seconds * types::us_per_second
                                             : types::to_utc(t->local_us, c.io().time_zone));
}

result<value> to_date(const function_call& c) {
    const auto t = read(c);
    if (!t) return t.error();
    return date_value(static_cast<std::int32_t>(types::floor_div(t->local_us, types::us_per_day)));
}

}  // namespace

result<local_time_read> put_together(const date_fields_read& fields, std::string_view text) {
    const auto day = day_number(fields, text);
    if (!day) return day.error();
    // Beyond what is stored, and before a product could overflow.
    if (!types::in_range_day(*day)) {
        return sql_error(sqlstate::datetime_field_overflow,
                         "timestamp out of range: \"" + std::string(text) + "\"");
    }
    const auto time = time_of_day(fields, text);
    if (!time) return time.error();
    local_time_read out{.local_us = *day * types::us_per_day + *time, .east_seconds = {}};
    if (fields.zone_hours || fields.zone_minutes) {
        const int hours = fields.zone_hours.value_or(0), minutes = fields.zone_minutes.value_or(0);
        if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59) return out_of_range(text);
        out.east_seconds = fields.zone_sign.value_or(1) * (hours * 3600 + minutes * 60);
    }
    return out;
}

std::span<const scalar_function> to_timestamp_functions() {
    static constexpr scalar_function functions[] = {
        strict<to_timestamp>("pg_to_timestamp", 2),
        strict<to_date>("pg_to_date", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
