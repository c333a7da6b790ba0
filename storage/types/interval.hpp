#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::types {

struct interval {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t us = 0;
    bool operator==(const interval&) const = default;  // by field: '24:00' is not '1 day' here
};

// PostgreSQL's interval input: units, ISO 8601 (P1Y2M), SQL standard ('1-2 3 4:05'), "ago".
// Errors: 22007, 22015 interval field out of range, 22008.
// `typmod` limits fields and precision (INTERVAL DAY TO SECOND(3)); -1 for none.
result<interval> parse_interval(std::string_view text,
                                interval_style style = interval_style::postgres,
                                std::int32_t typmod = -1);
result<interval> apply_interval_typmod(interval v, std::int32_t typmod);
void format_interval(interval v, interval_style style, std::string& out);

// Storage form is IntervalStyle postgres.
std::optional<interval> interval_from_storage(std::string_view text);
std::string interval_to_storage(interval v);

// As PostgreSQL orders them: a month is 30 days, a day is 24 hours.
int compare(interval a, interval b);

// Errors: 22008 interval out of range, 22012 division by zero.
result<interval> add(interval a, interval b);
result<interval> subtract(interval a, interval b);
result<interval> negate(interval a);
result<interval> multiply(interval a, double factor);
result<interval> divide(interval a, double divisor);
result<interval> justify_hours(interval v);
result<interval> justify_days(interval v);
result<interval> justify_interval(interval v);

}  // namespace historyd::types
