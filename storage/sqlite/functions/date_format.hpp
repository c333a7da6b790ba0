#pragma once

#include <optional>
#include <string>

#include "storage/base/sql_error.hpp"
#include "storage/sqlite/functions/date_picture.hpp"
#include "storage/types/civil_time.hpp"
#include "storage/types/interval.hpp"

namespace historyd::sqlite {

// What a picture shows of a timestamp or an interval; an interval has no calendar, and its fields
// may be negative.
struct shown_time {
    std::int64_t year = 0;
    int month = 0, day = 0;
    std::int64_t hour = 0;
    int minute = 0, second = 0, microsecond = 0;
    int day_of_year = 0, day_of_week = 0;
    std::int64_t day_number = 0;  // since 1970-01-01
    bool is_interval = false;
    std::optional<std::int32_t> east_seconds;  // timestamptz
    std::string zone_name;

    static shown_time of_timestamp(std::int64_t local_us);
    static shown_time of_interval(types::interval v);
};

// Errors: 22007 for a pattern that an interval has no value for.
result<std::string> format_date(const shown_time& t, const date_picture& picture);

}  // namespace historyd::sqlite
