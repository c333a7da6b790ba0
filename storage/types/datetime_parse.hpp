#pragma once

#include <cstdint>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/type_io.hpp"

// PostgreSQL's date/time input (documentation, "Date/Time Types" and appendix "Date/Time Support").
// Errors: 22007 for what cannot be read, 22008 for fields and values out of range, 22023 for an
// unknown time zone. Values are rounded to `precision` digits of a second when it is 0 to 6.

namespace historyd::types {

result<std::int64_t> parse_timestamp(std::string_view text, const io_settings& settings,
                                     int precision = -1);
result<std::int64_t> parse_timestamptz(std::string_view text, const io_settings& settings,
                                       int precision = -1);
result<std::int32_t> parse_date(std::string_view text, const io_settings& settings);
result<std::int64_t> parse_time(std::string_view text, const io_settings& settings,
                                int precision = -1);
result<zoned_time> parse_timetz(std::string_view text, const io_settings& settings,
                                int precision = -1);

// Rounds a microsecond count to 0 to 6 digits of a second, half away from zero.
std::int64_t round_us(std::int64_t us, int precision);

}  // namespace historyd::types
