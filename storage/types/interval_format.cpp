#include <charconv>

#include "storage/types/civil_time.hpp"
#include "storage/types/interval.hpp"

namespace historyd::types {

namespace {

// An interval as it is printed; every field carries its own sign.
struct printed_fields {
    std::int64_t year, month, day, hour, minute, second, microsecond;
};

printed_fields split(interval v) {
    return {v.months / 12,
            v.months % 12,
            v.days,
            v.us / us_per_hour,
            v.us / us_per_minute % 60,
            v.us / us_per_second % 60,
            v.us % us_per_second};
}

std::uint64_t magnitude(std::int64_t v) {
    return v < 0 ? -static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
}

void append_number(std::int64_t v, std::string& out) {
    char buffer[20];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr);
}

void append_padded(std::int64_t v, std::string& out) {
    if (magnitude(v) < 10) out += '0';
    char buffer[20];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, magnitude(v)).ptr);
}

// ".5" of 500000 microseconds; nothing for none.
void append_fraction(std::int64_t microsecond, std::string& out) {
    if (microsecond == 0) return;
    const auto digits =
        std::to_string(us_per_second + static_cast<std::int64_t>(magnitude(microsecond)));
    out += '.';
    out.append(digits, 1);
    while (out.back() == '0') out.pop_back();
}

void append_seconds(const printed_fields& f, bool padded, std::string& out) {
    if (padded) {
        append_padded(f.second, out);
    } else {
        append_number(static_cast<std::int64_t>(magnitude(f.second)), out);
    }
    append_fraction(f.microsecond, out);
}

bool is_negative_time(const printed_fields& f) {
    return f.hour < 0 || f.minute < 0 || f.second < 0 || f.microsecond < 0;
}
bool has_time(const printed_fields& f) {
    return f.hour != 0 || f.minute != 0 || f.second != 0 || f.microsecond != 0;
}

void append_clock(const printed_fields& f, std::string& out) {
    append_padded(f.hour, out);
    out += ':';
    append_padded(f.minute, out);
    out += ':';
    append_seconds(f, true, out);
}

// 1 year 2 mons -3 days +04:05:06: a field behind a negative one shows its plus.
void format_postgres(const printed_fields& f, std::string& out) {
    bool first = true, after_negative = false;
    const auto field = [&](std::int64_t v, std::string_view unit) {
        if (v == 0) return;
        if (!first) out += ' ';
        if (after_negative && v > 0) out += '+';
        append_number(v, out);
        out.append(1, ' ').append(unit);
        if (v != 1) out += 's';
        after_negative = v < 0;
        first = false;
    };
    field(f.year, "year");
    field(f.month, "mon");
    field(f.day, "day");
    if (!first && !has_time(f)) return;
    if (!first) out += ' ';
    if (is_negative_time(f)) {
        out += '-';
    } else if (after_negative) {
        out += '+';
    }
    append_clock(f, out);
}

// @ 1 year 2 mons 3 days 4 hours 5 mins 6 secs ago: signs are relative to the first field's.
void format_verbose(const printed_fields& f, std::string& out) {
    out += '@';
    bool first = true, ago = false;
    const auto begin_field = [&](bool negative) {
        if (first) ago = negative;
        first = false;
        out += ' ';
    };
    const auto field = [&](std::int64_t v, std::string_view unit) {
        if (v == 0) return;
        begin_field(v < 0);
        append_number(ago ? -v : v, out);
        out.append(1, ' ').append(unit);
        if ((ago ? -v : v) != 1) out += 's';
    };
    field(f.year, "year");
    field(f.month, "mon");
    field(f.day, "day");
    field(f.hour, "hour");
    field(f.minute, "min");
    if (f.second != 0 || f.microsecond != 0) {
        const bool negative = f.second < 0 || f.microsecond < 0;
        begin_field(negative);
        if (negative != ago) out += '-';
        append_seconds(f, false, out);
        const bool singular = magnitude(f.second) == 1 && f.microsecond == 0;
        out += singular ? " sec" : " secs";
    }
    if (first) out += " 0";
    if (ago) out += " ago";
}

void format_sql_standard(const printed_fields& f, std::string& out) {
    const bool has_month = f.year != 0 || f.month != 0, has_day = f.day != 0;
    const bool any_negative = f.year < 0 || f.month < 0 || f.day < 0 || is_negative_time(f);
    const bool any_positive = f.year > 0 || f.month > 0 || f.day > 0 || f.hour > 0 ||
                              f.minute > 0 || f.second > 0 || f.microsecond > 0;
    const bool has_day_time = has_day || has_time(f);
    if (!any_negative && !any_positive) {
        out += '0';
        return;
    }
    const auto year_month = [&] {
        append_number(static_cast<std::int64_t>(magnitude(f.year)), out);
        out += '-';
        append_number(static_cast<std::int64_t>(magnitude(f.month)), out);
    };
    const auto clock = [&] {
        append_number(static_cast<std::int64_t>(magnitude(f.hour)), out);
        out += ':';
        append_padded(f.minute, out);
        out += ':';
        append_seconds(f, true, out);
    };
    const auto absolute_day = static_cast<std::int64_t>(magnitude(f.day));
    if ((any_negative && any_positive) || (has_month && has_day_time)) {
        // No standard form holds this: every field, each with its own sign.
        out += f.year < 0 || f.month < 0 ? '-' : '+';
        year_month();
        out += f.day < 0 ? " -" : " +";
        append_number(absolute_day, out);
        out += is_negative_time(f) ? " -" : " +";
        clock();
        return;
    }
    if (any_negative) out += '-';
    if (has_month) {
        year_month();
        return;
    }
    if (has_day) {
        append_number(absolute_day, out);
        out += ' ';
    }
    clock();
}

void format_iso_8601(const printed_fields& f, std::string& out) {
    if (f.year == 0 && f.month == 0 && f.day == 0 && !has_time(f)) {
        out += "PT0S";
        return;
    }
    const auto field = [&out](std::int64_t v, char unit) {
        if (v == 0) return;
        append_number(v, out);
        out += unit;
    };
    out += 'P';
    field(f.year, 'Y');
    field(f.month, 'M');
    field(f.day, 'D');
    if (!has_time(f)) return;
    out += 'T';
    field(f.hour, 'H');
    field(f.minute, 'M');
    if (f.second == 0 && f.microsecond == 0) return;
    if (f.second < 0 || f.microsecond < 0) out += '-';
    append_seconds(f, false, out);
    out += 'S';
}

}  // namespace

void format_interval(interval v, interval_style style, std::string& out) {
    const printed_fields f = split(v);
    switch (style) {
        case interval_style::postgres:
            format_postgres(f, out);
            break;
        case interval_style::postgres_verbose:
            format_verbose(f, out);
            break;
        case interval_style::sql_standard:
            format_sql_standard(f, out);
            break;
        case interval_style::iso_8601:
            format_iso_8601(f, out);
            break;
    }
}

}  // namespace historyd::types
