#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/sqlite/functions/date_picture.hpp"

namespace historyd::sqlite {

// The fields that to_timestamp() and to_date() find in a text, before they are put together.
struct date_fields_read {
    std::optional<int> year, month, day, day_of_year, day_of_week;
    std::optional<int> iso_year, iso_week, iso_day_of_week, iso_day_of_year;
    std::optional<int> century, week_of_month, week_of_year, julian_day;
    std::optional<int> hour, minute, second, second_of_day, microsecond;
    std::optional<bool> afternoon, before_christ;
    std::optional<int> zone_sign, zone_hours, zone_minutes;
    int year_digits = 4;  // YY needs a century
    bool twelve_hour_clock = false;
};

// Errors: 22007 for what does not match, 22008 for numbers out of range, 0A000 for TZ and OF.
result<date_fields_read> read_date_fields(std::string_view text, const date_picture& picture);

// Microseconds of the local time, and the offset the text gave. `text` is for errors.
struct local_time_read {
    std::int64_t local_us = 0;
    std::optional<std::int32_t> east_seconds;
};
result<local_time_read> put_together(const date_fields_read& fields, std::string_view text);

}  // namespace historyd::sqlite
