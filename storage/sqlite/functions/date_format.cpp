#include "storage/sqlite/functions/date_format.hpp"

#include <cstdlib>

#include "storage/sqlite/functions/date_names.hpp"
#include "storage/sqlite/functions/letter_case.hpp"

namespace historyd::sqlite {
namespace {

using field = date_picture::field;
using spelling = date_picture::spelling;

constexpr std::size_t longest_name = 9;

std::string spelled(std::string_view name, spelling how) {
    switch (how) {
        case spelling::upper:
            return upper_text(name);
        case spelling::lower:
            return lower_text(name);
        default:
            return std::string(name);
    }
}

std::string padded(std::string name, std::size_t width, bool fill_mode) {
    if (!fill_mode && name.size() < width) name.append(width - name.size(), ' ');
    return name;
}

// A number with leading zeros; a minus sign takes a place of its own.
std::string number(std::int64_t n, int width, bool fill_mode) {
    auto digits = std::to_string(std::abs(n));
    const auto wanted = static_cast<std::size_t>(fill_mode ? 0 : width);
    if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
    return (n < 0 ? "-" : "") + digits;
}

// Fields that intervals may make negative, but that PostgreSQL does not widen: the sign is one of
// the places.
std::string narrow_number(std::int64_t n, int width, bool fill_mode) {
    return number(n, n < 0 ? width - 1 : width, fill_mode);
}

std::string_view ordinal(std::string_view digits) {
    const auto size = digits.size();
    if (size > 1 && digits[size - 2] == '1') return "th";
    switch (digits.empty() ? '0' : digits.back()) {
        case '1':
            return "st";
        case '2':
            return "nd";
        case '3':
            return "rd";
        default:
            return "th";
    }
}

bool needs_calendar(date_picture::field f) {
    switch (f) {
        case field::month_name:
        case field::month_short:
        case field::day_name:
        case field::day_short:
        case field::day_of_week:
        case field::iso_day_of_week:
        case field::era:
        case field::era_dotted:
        case field::zone_name:
        case field::zone_hours:
        case field::zone_minutes:
        case field::zone_offset:
            return true;
        default:
            return false;
    }
}

class writer {
public:
    writer(const shown_time& t, const date_picture::item& item) : t_(t), item_(item) {}

    std::string run() const {
        switch (item_.field) {
            case field::none:
                return item_.text;
            case field::meridiem:
            case field::meridiem_dotted:
            case field::era:
            case field::era_dotted:
            case field::month_name:
            case field::month_short:
            case field::day_name:
            case field::day_short:
            case field::roman_month:
            case field::zone_name:
                return name();
            case field::zone_hours:
            case field::zone_minutes:
            case field::zone_offset:
                return zone();
            default:
                return with_ordinal(digits());
        }
    }

private:
    std::string name() const {
        const auto month = static_cast<std::size_t>(t_.month - 1);
        const auto day = static_cast<std::size_t>(t_.day_of_week);
        switch (item_.field) {
            case field::meridiem:
            case field::meridiem_dotted:
                return meridiem();
            case field::era:
                return spelled(t_.year > 0 ? "AD" : "BC", item_.spelling);
            case field::era_dotted:
                return spelled(t_.year > 0 ? "A.D." : "B.C.", item_.spelling);
            case field::month_name:
                return padded(spelled(month_names[month], item_.spelling), longest_name,
                              item_.fill_mode);
            case field::month_short:
                return spelled(month_names[month].substr(0, short_name_size), item_.spelling);
            case field::day_name:
                return padded(spelled(day_names[day], item_.spelling), longest_name,
                              item_.fill_mode);
            case field::day_short:
                return spelled(day_names[day].substr(0, short_name_size), item_.spelling);
            case field::roman_month:
                return roman_month();
            default:
                return spelled(t_.zone_name, item_.spelling);
        }
    }

    // An interval's months may be none, or count backwards.
    std::string roman_month() const {
        if (t_.month == 0 && t_.year == 0) return {};
        const int of_none = t_.year < 0 ? 0 : 11;
        const int from_start = t_.month > 0 ? t_.month - 1 : t_.month < 0 ? t_.month + 12 : of_none;
        return padded(spelled(roman_months[static_cast<std::size_t>(from_start)], item_.spelling),
                      4, item_.fill_mode);
    }

    std::string meridiem() const {
        const bool afternoon = ((t_.hour % 24) + 24) % 24 >= 12 && t_.hour >= 0;
        const bool dotted = item_.field == field::meridiem_dotted;
        return spelled(afternoon ? (dotted ? "P.M." : "PM") : (dotted ? "A.M." : "AM"),
                       item_.spelling);
    }

    std::string zone() const {
        const auto east = t_.east_seconds.value_or(0);
        const auto hours = std::abs(east) / 3600, minutes = std::abs(east) / 60 % 60;
        const std::string sign = east < 0 ? "-" : "+";
        switch (item_.field) {
            case field::zone_hours:
                return sign + number(hours, 2, false);
            case field::zone_minutes:
                return number(minutes, 2, false);
            default:
                return sign + number(hours, 2, item_.fill_mode) +
                       (minutes != 0 ? ":" + number(minutes, 2, false) : "");
        }
    }

    std::string with_ordinal(std::string text) const {
        if (!item_.ordinal) return text;
        const auto suffix = std::string(ordinal(text));
        return text + (item_.ordinal_lower ? suffix : upper_text(suffix));
    }

    // Years are counted from 1 BC backwards in a date, plainly in an interval.
    std::int64_t shown_year() const {
        return t_.is_interval || t_.year > 0 ? t_.year : 1 - t_.year;
    }

    types::iso_week week() const {
        types::civil_time civil;
        civil.year = t_.year;
        civil.month = t_.month < 1 ? 1 : t_.month;
        civil.day = t_.day < 1 ? 1 : t_.day;
        return types::iso_week_of(civil);
    }

    std::string digits() const {
        const bool fm = item_.fill_mode;
        switch (item_.field) {
            case field::hour_12:
                return number(t_.hour % 12 == 0 ? 12 : t_.hour % 12, 2, fm);
            case field::hour_24:
                return number(t_.hour, 2, fm);
            case field::minute:
                return number(t_.minute, 2, fm);
            case field::second:
                return number(t_.second, 2, fm);
            case field::millisecond:
                return number(t_.microsecond / 1000, 3, false);
            case field::microsecond:
                return number(t_.microsecond, 6, false);
            case field::fraction:
                return fraction();
            case field::second_of_day:
                return std::to_string(t_.hour * 3600 + t_.minute * 60 + t_.second);
            case field::year_comma:
            case field::year_4:
            case field::year_3:
            case field::year_2:
            case field::year_1:
                return year_digits(shown_year());
            case field::iso_year_4:
            case field::iso_year_3:
            case field::iso_year_2:
            case field::iso_year_1:
                return year_digits(week().year);
            default:
                return calendar_digits(fm);
        }
    }

    std::string fraction() const {
        std::int64_t n = t_.microsecond;
        for (int i = item_.digits; i < 6; ++i) n /= 10;
        return number(n, item_.digits, false);
    }

    std::string year_digits(std::int64_t year) const {
        const bool fm = item_.fill_mode;
        switch (item_.field) {
            case field::year_comma:
                return std::to_string(year / 1000) + ',' + narrow_number(year % 1000, 3, false);
            case field::year_4:
            case field::iso_year_4:
                return number(year, 4, fm);
            case field::year_3:
            case field::iso_year_3:
                return number(year % 1000, 3, fm);
            case field::year_2:
            case field::iso_year_2:
                return number(year % 100, 2, fm);
            default:
                return number(year % 10, 1, fm);
        }
    }

    std::int64_t century() const {
        if (t_.is_interval) return t_.year / 100;
        return t_.year > 0 ? (t_.year - 1) / 100 + 1 : t_.year / 100 - 1;
    }

    std::string calendar_digits(bool fm) const {
        switch (item_.field) {
            case field::month:
                return number(t_.month, 2, fm);
            case field::day:
                return narrow_number(t_.day, 2, fm);
            case field::day_of_year:
                return narrow_number(t_.day_of_year, 3, fm);
            case field::iso_day_of_year: {
                const auto w = week();
                return number(t_.day_number - types::day_of_iso_week(w.year, 1) + 1, 3, fm);
            }
            case field::day_of_week:
                return std::to_string(t_.day_of_week + 1);
            case field::iso_day_of_week:
                return std::to_string(t_.day_of_week == 0 ? 7 : t_.day_of_week);
            case field::week_of_month:
                return std::to_string((t_.day - 1) / 7 + 1);
            case field::week_of_year:
                return narrow_number((t_.day_of_year - 1) / 7 + 1, 2, fm);
            case field::iso_week:
                return number(week().week, 2, fm);
            case field::century:
                return number(century(), 2, fm);
            case field::julian_day:
                return std::to_string(t_.day_number + types::julian_day_of_epoch);
            default:
                // An interval of no months is in no quarter.
                return t_.month == 0 ? std::string() : std::to_string((t_.month - 1) / 3 + 1);
        }
    }

    const shown_time& t_;
    const date_picture::item& item_;
};

}  // namespace

shown_time shown_time::of_timestamp(std::int64_t local_us) {
    const auto civil = types::civil_from_us(local_us);
    shown_time t;
    t.year = civil.year;
    t.month = civil.month;
    t.day = civil.day;
    t.hour = civil.hour;
    t.minute = civil.minute;
    t.second = civil.second;
    t.microsecond = civil.microsecond;
    t.day_number = types::floor_div(local_us, types::us_per_day);
    t.day_of_week = types::day_of_week(t.day_number);
    t.day_of_year = types::day_of_year(civil);
    return t;
}

shown_time shown_time::of_interval(types::interval v) {
    shown_time t;
    t.is_interval = true;
    t.year = v.months / 12;
    t.month = v.months % 12;
    t.day = v.days;
    t.hour = v.us / types::us_per_hour;
    t.minute = static_cast<int>(v.us / types::us_per_minute % 60);
    t.second = static_cast<int>(v.us / types::us_per_second % 60);
    t.microsecond = static_cast<int>(v.us % types::us_per_second);
    t.day_of_year = static_cast<int>(t.year * 360 + t.month * 30 + t.day);
    const bool before = t.month < 1;
    t.day_number =
        types::days_from_civil(t.year - before, t.month + (before ? 12 : 0), 1) + t.day - 1;
    return t;
}

result<std::string> format_date(const shown_time& t, const date_picture& picture) {
    std::string out;
    for (const auto& item : picture.items) {
        if (t.is_interval && needs_calendar(item.field)) {
            return sql_error(sqlstate::invalid_datetime_format,
                             "invalid format specification for an interval value")
                .with_hint("Intervals are not tied to specific calendar dates.");
        }
        out += writer(t, item).run();
    }
    return out;
}

}  // namespace historyd::sqlite
