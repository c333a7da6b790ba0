#include <chrono>
#include <cstdio>

#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/timezone.hpp"

// now() and the other clocks.

namespace historyd::sqlite {
namespace {

std::int64_t clock_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

result<value> now(const function_call& c) { return timestamptz_value(c.io().now_us); }

result<value> statement_start(const function_call& c) {
    const auto* session = c.session();
    return timestamptz_value(session != nullptr ? session->statement_start_us : c.io().now_us);
}

result<value> clock(const function_call&) { return timestamptz_value(clock_us()); }

// "Wed Feb 19 14:05:09.123456 2031 CET"
result<value> time_of_day(const function_call& c) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto utc = clock_us();
    const auto& zone = c.io().time_zone;
    const auto local = types::to_local(utc, zone);
    const auto t = types::civil_from_us(local);
    char text[96];
    std::snprintf(text, sizeof text, "%s %s %02d %02d:%02d:%02d.%06d %04lld %s",
                  days[types::day_of_week(types::floor_div(local, types::us_per_day))],
                  months[t.month - 1], t.day, t.hour, t.minute, t.second, t.microsecond,
                  static_cast<long long>(t.year), types::offset_at(utc, zone).abbreviation.c_str());
    return value(std::string(text));
}

}  // namespace

std::span<const scalar_function> clock_functions() {
    static constexpr scalar_function functions[] = {
        strict<now>("pg_now", 0),
        strict<statement_start>("pg_statement_timestamp", 0),
        strict_volatile<clock>("pg_clock_timestamp", 0),
        strict_volatile<time_of_day>("pg_timeofday", 0),
    };
    return functions;
}

}  // namespace historyd::sqlite
