#include "storage/types/datetime_format.hpp"

#include <optional>

#include "storage/types/timezone.hpp"

namespace historyd::types {

namespace {

constexpr std::string_view day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_padded(std::int64_t v, std::size_t width, std::string& out) {
    char buffer[20];
    std::size_t at = sizeof buffer;
    do {
        buffer[--at] = static_cast<char>('0' + v % 10);
        v /= 10;
    } while (v > 0);
    for (std::size_t n = sizeof buffer - at; n < width; ++n) out += '0';
    out.append(buffer + at, sizeof buffer - at);
}

void append_clock(int hour, int minute, int second, int microsecond, std::string& out) {
    append_padded(hour, 2, out);
    out += ':';
    append_padded(minute, 2, out);
    out += ':';
    append_padded(second, 2, out);
    if (microsecond == 0) return;
    out += '.';
    append_padded(microsecond, 6, out);
    while (out.back() == '0') out.pop_back();
}

// +HH, with minutes and seconds only where there are any.
void append_offset(std::int32_t east_seconds, std::string& out) {
    out += east_seconds < 0 ? '-' : '+';
    const std::int32_t s = east_seconds < 0 ? -east_seconds : east_seconds;
    append_padded(s / 3600, 2, out);
    if (s % 3600 == 0) return;
    out += ':';
    append_padded(s / 60 % 60, 2, out);
    if (s % 60 == 0) return;
    out += ':';
    append_padded(s % 60, 2, out);
}

// Years BC are printed as their number and a suffix.
std::int64_t printed_year(const civil_time& t) { return t.year > 0 ? t.year : 1 - t.year; }

void append_two(int first, char separator, int second, std::string& out) {
    append_padded(first, 2, out);
    out += separator;
    append_padded(second, 2, out);
}

void append_date(const civil_time& t, const io_settings& settings, std::string& out) {
    const bool day_first = settings.order == date_order::dmy;
    const auto in_order = [&](char separator) {
        append_two(day_first ? t.day : t.month, separator, day_first ? t.month : t.day, out);
        out += separator;
        append_padded(printed_year(t), 4, out);
    };
    switch (settings.style) {
        case date_style::iso:
            append_padded(printed_year(t), 4, out);
            out += '-';
            append_two(t.month, '-', t.day, out);
            break;
        case date_style::sql:
            in_order('/');
            break;
        case date_style::postgres:
            in_order('-');
            break;
        case date_style::german:
            append_two(t.day, '.', t.month, out);
            out += '.';
            append_padded(printed_year(t), 4, out);
            break;
    }
}

void append_time_of(const civil_time& t, std::string& out) {
    append_clock(t.hour, t.minute, t.second, t.microsecond, out);
}

// Sat Feb 03 04:05:06 2024, or 03 Feb when days come first.
void append_postgres_style(const civil_time& t, date_order order, std::string& out) {
    out += day_names[day_of_week(days_from_civil(t.year, t.month, t.day))];
    out += ' ';
    const auto month = month_names[t.month - 1];
    if (order == date_order::dmy) {
        append_padded(t.day, 2, out);
        out.append(1, ' ').append(month);
    } else {
        out.append(month).append(1, ' ');
        append_padded(t.day, 2, out);
    }
    out += ' ';
    append_time_of(t, out);
    out += ' ';
    append_padded(printed_year(t), 4, out);
}

bool append_infinity(bool future, bool past, std::string& out) {
    if (future) out += "infinity";
    if (past) out += "-infinity";
    return future || past;
}

void append_timestamp(const civil_time& t, const std::optional<zone_offset>& zone,
                      const io_settings& settings, std::string& out) {
    if (settings.style == date_style::postgres) {
        append_postgres_style(t, settings.order, out);
    } else {
        append_date(t, settings, out);
        out += ' ';
        append_time_of(t, out);
    }
    if (zone) {
        if (settings.style == date_style::iso) {
            append_offset(zone->east_seconds, out);
        } else {
            out.append(1, ' ').append(zone->abbreviation);
        }
    }
    if (t.year <= 0) out += " BC";
}

}  // namespace

void format_timestamp(std::int64_t us, const io_settings& settings, std::string& out) {
    if (append_infinity(us == infinite_future_us, us == infinite_past_us, out)) return;
    append_timestamp(civil_from_us(us), std::nullopt, settings, out);
}

void format_timestamptz(std::int64_t us, const io_settings& settings, std::string& out) {
    if (append_infinity(us == infinite_future_us, us == infinite_past_us, out)) return;
    if (settings.style == date_style::iso) {
        const std::int32_t offset = east_seconds_at(us, settings.time_zone);
        append_timestamp(civil_from_us(us + offset * us_per_second), zone_offset{offset, {}, false},
                         settings, out);
        return;
    }
    auto zone = offset_at(us, settings.time_zone);
    const civil_time local = civil_from_us(us + zone.east_seconds * us_per_second);
    append_timestamp(local, std::move(zone), settings, out);
}

void format_date(std::int32_t day, const io_settings& settings, std::string& out) {
    if (append_infinity(day == infinite_future_day, day == infinite_past_day, out)) return;
    const civil_time t = civil_from_day(day);
    append_date(t, settings, out);
    if (t.year <= 0) out += " BC";
}

void format_time(std::int64_t us, std::string& out) {
    append_clock(static_cast<int>(us / us_per_hour), static_cast<int>(us / us_per_minute % 60),
                 static_cast<int>(us / us_per_second % 60), static_cast<int>(us % us_per_second),
                 out);
}

void format_timetz(zoned_time t, std::string& out) {
    format_time(t.us, out);
    append_offset(t.east_seconds, out);
}

}  // namespace historyd::types
