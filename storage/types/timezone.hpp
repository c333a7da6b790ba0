#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/types/civil_time.hpp"

// Time zones by the names PostgreSQL takes, and instants in them. Any thread.

namespace historyd::types {

struct named_zone {
    absl::TimeZone zone;
    std::string name;  // in its usual spelling: Europe/Paris for europe/paris
};
// What SET TIMEZONE takes: an IANA name in any case, or POSIX's "UTC+3", "<+02>-02" or a bare
// "-02:30", where east is negative.
std::optional<named_zone> find_time_zone(std::string_view name);
// What date/time input and AT TIME ZONE take: an abbreviation (EST, CEST, Z) means its own offset,
// else as find_time_zone.
std::optional<named_zone> find_zone_or_abbreviation(std::string_view name);

// Offset of an abbreviation in seconds east of UTC. Requires: lower case.
struct zone_abbreviation {
    std::int32_t east_seconds;
    bool is_dst;
};
std::optional<zone_abbreviation> find_zone_abbreviation(std::string_view name);

// Offset in force at an instant, and the abbreviation it is printed with (EST, +03).
struct zone_offset {
    std::int32_t east_seconds;
    std::string abbreviation;
    bool is_dst;
};
zone_offset offset_at(std::int64_t utc_us, const absl::TimeZone& zone);
std::int32_t east_seconds_at(std::int64_t utc_us, const absl::TimeZone& zone);

// Local microseconds of an instant, and back. A local time a change of clocks skips is read with
// the offset before it, a repeated one with the offset after it, as PostgreSQL does. Infinities
// stay.
std::int64_t to_local(std::int64_t utc_us, const absl::TimeZone& zone);
std::int64_t to_utc(std::int64_t local_us, const absl::TimeZone& zone);

// Civil fields of an instant in a zone. Requires: not infinite.
inline civil_time civil_in_zone(std::int64_t utc_us, const absl::TimeZone& zone) {
    return civil_from_us(to_local(utc_us, zone));
}

}  // namespace historyd::types
