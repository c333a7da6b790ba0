#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/types/civil_time.hpp"

// Storage-form text of the date and time types (see storage_form in pg_type.hpp) to and from
// counts: timestamps in microseconds and dates in days since 1970-01-01, UTC for timestamptz.

namespace historyd::types {

// A time of day with its zone, in seconds east of UTC (PostgreSQL counts west internally).
struct zoned_time {
    std::int64_t us = 0;
    std::int32_t east_seconds = 0;
    bool operator==(const zoned_time&) const = default;
};

// Exact storage form only: nullopt for everything else (see foreign_form.hpp for other programs').
std::optional<std::int64_t> timestamp_from_storage(std::string_view text);
std::optional<std::int64_t> timestamptz_from_storage(std::string_view text);
std::optional<std::int32_t> date_from_storage(std::string_view text);
std::optional<std::int64_t> time_from_storage(std::string_view text);  // 24:00:00 is 86400000000
std::optional<zoned_time> timetz_from_storage(std::string_view text);

// Requires: infinite, or in_range_us/in_range_day.
std::string timestamp_to_storage(std::int64_t us);
std::string timestamptz_to_storage(std::int64_t us);
std::string date_to_storage(std::int32_t day);
std::string time_to_storage(std::int64_t us);
std::string timetz_to_storage(zoned_time t);

}  // namespace historyd::types
