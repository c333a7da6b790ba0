#pragma once

#include <absl/time/time.h>

#include <cstdint>

#include "storage/base/sql_error.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/interval.hpp"

// Arithmetic of timestamps (microseconds since 1970-01-01), dates (days) and intervals as
// PostgreSQL has it. Infinite operands stay infinite. Errors: 22008 out of range.

namespace historyd::types {

result<std::int64_t> timestamp_plus(std::int64_t us, interval v);
result<std::int64_t> timestamp_minus(std::int64_t us, interval v);
// Months and days are added in the zone's local time, hours to the instant.
result<std::int64_t> timestamptz_plus(std::int64_t us, interval v, const absl::TimeZone& zone);
result<std::int64_t> timestamptz_minus(std::int64_t us, interval v, const absl::TimeZone& zone);
// timestamp - timestamp: days and time, no months (also for timestamptz).
result<interval> timestamp_difference(std::int64_t a, std::int64_t b);
// age(a, b): years, months and days by the calendar.
result<interval> timestamp_age(std::int64_t a, std::int64_t b);
result<interval> timestamptz_age(std::int64_t a, std::int64_t b, const absl::TimeZone& zone);

result<std::int32_t> date_plus_days(std::int32_t day, std::int64_t days);
result<std::int64_t> date_difference(std::int32_t a, std::int32_t b);  // days; 22008 for infinity
std::int64_t date_to_timestamp(std::int32_t day);
std::int32_t timestamp_to_date(std::int64_t us);
std::int64_t time_plus(std::int64_t time_us, interval v);  // wraps around midnight
zoned_time timetz_plus(zoned_time t, interval v);

}  // namespace historyd::types
