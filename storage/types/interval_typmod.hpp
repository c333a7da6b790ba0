#pragma once

#include <cstdint>

// INTERVAL's typmod: in the upper half a bit per field that is kept, in the lower the precision.

namespace historyd::types {

inline constexpr int interval_month = 1 << 1, interval_year = 1 << 2, interval_day = 1 << 3,
                     interval_hour = 1 << 10, interval_minute = 1 << 11, interval_second = 1 << 12,
                     interval_all_fields = 0x7FFF;

// All fields for typmod -1.
constexpr int interval_fields(std::int32_t typmod) {
    return typmod < 0 ? interval_all_fields : (typmod >> 16) & 0x7FFF;
}
// -1 when none was given.
constexpr int interval_precision(std::int32_t typmod) {
    const int precision = typmod & 0xFFFF;
    return typmod < 0 || precision == 0xFFFF ? -1 : precision;
}

}  // namespace historyd::types
