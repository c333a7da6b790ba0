#pragma once

#include <cstdint>

// The proleptic Gregorian calendar, as arithmetic on day and microsecond counts since 1970-01-01.

namespace historyd::types {

inline constexpr std::int64_t us_per_second = 1'000'000;
inline constexpr std::int64_t us_per_minute = 60 * us_per_second;
inline constexpr std::int64_t us_per_hour = 60 * us_per_minute;
inline constexpr std::int64_t us_per_day = 24 * us_per_hour;

// 'infinity' and '-infinity' among microseconds (timestamps) and days (dates).
inline constexpr std::int64_t infinite_future_us = INT64_MAX, infinite_past_us = INT64_MIN;
inline constexpr std::int32_t infinite_future_day = INT32_MAX, infinite_past_day = INT32_MIN;

// What historyd stores: years 0001 to 9999. The end is exclusive.
inline constexpr std::int32_t first_day = -719'162, end_day = 2'932'897;
inline constexpr std::int64_t first_us = first_day * us_per_day, end_us = end_day * us_per_day;

inline bool is_infinite_us(std::int64_t us) {
    return us == infinite_future_us || us == infinite_past_us;
}
inline bool is_infinite_day(std::int32_t day) {
    return day == infinite_future_day || day == infinite_past_day;
}
inline bool in_range_us(std::int64_t us) { return us >= first_us && us < end_us; }
inline bool in_range_day(std::int64_t day) { return day >= first_day && day < end_day; }

// The Julian day on which the counts begin.
inline constexpr std::int64_t julian_day_of_epoch = 2'440'588;

// Year 0 is 1 BC, -1 is 2 BC.
struct civil_time {
    std::int64_t year = 1970;
    int month = 1, day = 1, hour = 0, minute = 0, second = 0, microsecond = 0;
};

std::int64_t days_from_civil(std::int64_t year, int month, int day);
bool is_leap_year(std::int64_t year);
int days_in_month(std::int64_t year, int month);
int day_of_week(std::int64_t day);  // 0 Sunday to 6 Saturday
int day_of_year(const civil_time& t);

// Requires: not infinite.
civil_time civil_from_day(std::int64_t day);
civil_time civil_from_us(std::int64_t us);
std::int64_t us_from_civil(const civil_time& t);

// Quotient towards minus infinity, which day and second counts before 1970 need.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

// ISO 8601 week numbering: week 1 has the year's first Thursday.
struct iso_week {
    std::int64_t year;
    int week;
};
iso_week iso_week_of(const civil_time& t);
// The day (since 1970) of Monday of that week.
std::int64_t day_of_iso_week(std::int64_t iso_year, int week);

}  // namespace historyd::types
