#include <cmath>
#include <cstdio>

#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/timezone.hpp"

// make_date() and its kin, and to_timestamp(epoch).

namespace historyd::sqlite {
namespace {

sql_error field_out_of_range(std::string message) {
    return {sqlstate::datetime_field_overflow, std::move(message)};
}

std::string two_digits(std::int64_t n) { return (n >= 0 && n < 10 ? "0" : "") + std::to_string(n); }

result<std::int32_t> day_of(std::int64_t year, std::int64_t month, std::int64_t day) {
    // Years before 1 are more than historyd keeps (see storage_form).
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > types::days_in_month(year, static_cast<int>(month))) {
        return field_out_of_range("date field value out of range: " + std::to_string(year) + "-" +
                                  two_digits(month) + "-" + two_digits(day));
    }
    return static_cast<std::int32_t>(
        types::days_from_civil(year, static_cast<int>(month), static_cast<int>(day)));
}

result<std::int64_t> time_of(std::int64_t hour, std::int64_t minute, double second) {
    const bool bad = hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(second >= 0) ||
                     second > 60 || (hour == 24 && (minute > 0 || second > 0));
    if (bad) {
        std::string seconds;
        types::format_float8(second, 1, seconds);
        if (second >= 0 && second < 10) seconds.insert(0, "0");
        return field_out_of_range("time field value out of range: " + std::to_string(hour) + ":" +
                                  two_digits(minute) + ":" + seconds);
    }
    return hour * types::us_per_hour + minute * types::us_per_minute +
           static_cast<std::int64_t>(std::nearbyint(second * 1e6));
}

result<value> make_date(const function_call& c) {
    return date_value(day_of(c.integer(0), c.integer(1), c.integer(2)));
}

result<value> make_time(const function_call& c) {
    const auto us = time_of(c.integer(0), c.integer(1), c.real(2));
    if (!us) return us.error();
    return value(types::time_to_storage(*us));
}

result<std::int64_t> local_time(const function_call& c) {
    const auto day = day_of(c.integer(0), c.integer(1), c.integer(2));
    if (!day) return day.error();
    const auto us = time_of(c.integer(3), c.integer(4), c.real(5));
    if (!us) return us.error();
    return *day * types::us_per_day + *us;
}

result<value> make_timestamp(const function_call& c) { return timestamp_value(local_time(c)); }

bool starts_with_digit(std::string_view text) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

// "+02", "-0530", "+05:30": seconds east of UTC.
std::optional<std::int32_t> parse_offset(std::string_view text) {
    if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    std::int32_t parts[3] = {0, 0, 0};
    std::size_t at = 1, part = 0;
    for (; part < 3 && at < text.size(); ++part) {
        if (part > 0 && text[at] == ':') ++at;
        std::size_t digits = 0;
        while (digits < 2 && at < text.size() && text[at] >= '0' && text[at] <= '9') {
            parts[part] = parts[part] * 10 + (text[at++] - '0');
            ++digits;
        }
        if (digits == 0) return std::nullopt;
    }
    if (at != text.size() || parts[0] > 15 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
    const auto seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    return text[0] == '-' ? -seconds : seconds;
}

result<value> make_timestamptz(const function_call& c) {
    const auto local = local_time(c);
    if (!local) return local.error();
    if (c.count() < 7) return timestamptz_value(types::to_utc(*local, c.io().time_zone));
    const auto name = c.text(6);
    // Here a bare offset is east of UTC, unlike in AT TIME ZONE.
    if (const auto east = parse_offset(name)) {
        return timestamptz_value(*local - *east * types::us_per_second);
    }
    if (starts_with_digit(name)) {
        return sql_error(
                   sqlstate::invalid_parameter_value,
                   "invalid input syntax for type numeric time zone: \"" + std::string(name) + "\"")
            .with_hint("Numeric time zones must have \"-\" or \"+\" as first character.");
    }
    const auto zone = zone_argument(c, 6);
    if (!zone) return zone.error();
    return timestamptz_value(types::to_utc(*local, *zone));
}

result<value> from_epoch(const function_call& c) {
    const double seconds = c.real(0);
    if (std::isnan(seconds)) return field_out_of_range("timestamp cannot be NaN");
    if (std::isinf(seconds)) {
        return timestamptz_value(seconds < 0 ? types::infinite_past_us : types::infinite_future_us);
    }
    constexpr double most = static_cast<double>(types::end_us) / 1e6;
    if (std::fabs(seconds) > most) {
        char text[32];
        std::snprintf(text, sizeof text, "%g", seconds);
        return field_out_of_range(std::string("timestamp out of range: \"") + text + "\"");
    }
    // PostgreSQL counts from 2000, and rounds there.
    constexpr std::int64_t year_2000_s = 946'684'800;
    const auto since_2000_us = std::nearbyint((seconds - double{year_2000_s}) * 1e6);
    return timestamptz_value(static_cast<std::int64_t>(since_2000_us) +
                             year_2000_s * types::us_per_second);
}

}  // namespace

std::span<const scalar_function> date_make_functions() {
    static constexpr scalar_function functions[] = {
        strict<make_date>("pg_make_date", 3),
        strict<make_time>("pg_make_time", 3),
        strict<make_timestamp>("pg_make_timestamp", 6),
        strict<make_timestamptz>("pg_make_timestamptz", 6),
        strict<make_timestamptz>("pg_make_timestamptz", 7),
        strict<from_epoch>("pg_to_timestamp_epoch", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
