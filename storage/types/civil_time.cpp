#include "storage/types/civil_time.hpp"

namespace historyd::types {

namespace {

// Eras of 400 years, years starting in March: the leap day comes last.
constexpr std::int64_t days_per_era = 146'097, years_per_era = 400;
constexpr std::int64_t era_start_to_1970 = 719'468;

}  // namespace

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
    if (month <= 2) --year;
    const std::int64_t era = floor_div(year, years_per_era);
    const std::int64_t year_of_era = year - era * years_per_era;
    const std::int64_t month_from_march = (month + 9) % 12;
    const std::int64_t day_of_march_year = (153 * month_from_march + 2) / 5 + day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_march_year;
    return era * days_per_era + day_of_era - era_start_to_1970;
}

bool is_leap_year(std::int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(std::int64_t year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

int day_of_week(std::int64_t day) {
    constexpr int weekday_of_1970 = 4;
    const std::int64_t from_sunday = day + weekday_of_1970;
    return static_cast<int>(from_sunday - 7 * floor_div(from_sunday, 7));
}

int day_of_year(const civil_time& t) {
    return static_cast<int>(days_from_civil(t.year, t.month, t.day) -
                            days_from_civil(t.year, 1, 1)) +
           1;
}

civil_time civil_from_day(std::int64_t day) {
    const std::int64_t shifted = day + era_start_to_1970;
    const std::int64_t era = floor_div(shifted, days_per_era);
    const std::int64_t day_of_era = shifted - era * days_per_era;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_march_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_march_year + 2) / 153;

    civil_time t;
    t.day = static_cast<int>(day_of_march_year - (153 * month_from_march + 2) / 5 + 1);
    t.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    t.year = year_of_era + era * years_per_era + (t.month <= 2 ? 1 : 0);
    return t;
}

civil_time civil_from_us(std::int64_t us) {
    const std::int64_t day = floor_div(us, us_per_day);
    std::int64_t rest = us - day * us_per_day;
    civil_time t = civil_from_day(day);
    t.microsecond = static_cast<int>(rest % us_per_second);
    rest /= us_per_second;
    t.second = static_cast<int>(rest % 60);
    t.minute = static_cast<int>(rest / 60 % 60);
    t.hour = static_cast<int>(rest / 3600);
    return t;
}

std::int64_t us_from_civil(const civil_time& t) {
    return days_from_civil(t.year, t.month, t.day) * us_per_day + t.hour * us_per_hour +
           t.minute * us_per_minute + t.second * us_per_second + t.microsecond;
}

std::int64_t day_of_iso_week(std::int64_t iso_year, int week) {
    // January 4th is always in week 1.
    const std::int64_t fourth = days_from_civil(iso_year, 1, 4);
    const int from_monday = (day_of_week(fourth) + 6) % 7;
    return fourth - from_monday + (week - 1) * 7;
}

iso_week iso_week_of(const civil_time& t) {
    const std::int64_t day = days_from_civil(t.year, t.month, t.day);
    std::int64_t iso_year = t.year + 1;
    while (day < day_of_iso_week(iso_year, 1)) --iso_year;
    return {iso_year, static_cast<int>((day - day_of_iso_week(iso_year, 1)) / 7) + 1};
}

}  // namespace historyd::types
