#pragma once

#include <cstdint>
#include <optional>

#include "storage/types/datetime_tokens.hpp"
#include "storage/types/datetime_words.hpp"
#include "storage/types/interval.hpp"

namespace historyd::types {

// An interval while its input is read: sums of fields, with the fractions of a field carried to the
// fields below it as PostgreSQL does (a fraction of a month in days of 30 a month, and so on).
struct interval_parts {
    std::int32_t years = 0, months = 0, days = 0;
    std::int64_t us = 0;

    // Adds value + fraction units. Returns: false on overflow.
    bool add(time_unit unit, std::int64_t value, double fraction);
    bool add_clock(const clock_fields& clock, bool negative);
    bool negate();
    std::optional<interval> total() const;

private:
    bool add_us(std::int64_t value, std::int64_t unit);
    bool add_fraction_us(double fraction, std::int64_t unit);
    bool add_fraction_days(double fraction, int days_per_unit);
    bool add_years(std::int64_t value, int years_per_unit, double fraction);
};

// ISO 8601's P1Y2M3DT4H5M6S, and its alternative P0001-02-03T04:05:06.
field_error read_iso_interval(std::string_view text, interval_parts& out);

}  // namespace historyd::types
