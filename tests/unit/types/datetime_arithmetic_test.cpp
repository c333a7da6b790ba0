#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "case_file.hpp"
#include "storage/types/datetime_arithmetic.hpp"
#include "storage/types/datetime_format.hpp"
#include "storage/types/datetime_parse.hpp"
#include "storage/types/interval.hpp"

namespace historyd::types {
namespace {

// One line of arithmetic.tsv: its arguments read on demand, its answer printed as PostgreSQL does.
struct call {
    io_settings settings;
    std::vector<std::string> arguments;

    std::int64_t stamp(std::size_t i) const { return *parse_timestamp(arguments[i], settings); }
    std::int64_t instant(std::size_t i) const {
        return *parse_timestamptz(arguments[i] + "Z", settings);
    }
    std::int32_t date(std::size_t i) const { return *parse_date(arguments[i], settings); }
    interval span(std::size_t i) const { return *parse_interval(arguments[i]); }
    double factor(std::size_t i) const { return std::stod(arguments[i]); }
};

template <class T, class Format>
std::string print(const result<T>& r, Format format) {
    if (!r) return describe(r.error());
    std::string text;
    format(*r, text);
    return text;
}

std::string print_interval(const result<interval>& r) {
    return print(
        r, [](interval v, std::string& out) { format_interval(v, interval_style::postgres, out); });
}
std::string print_stamp(const call& c, const result<std::int64_t>& r) {
    return print(
        r, [&c](std::int64_t us, std::string& out) { format_timestamp(us, c.settings, out); });
}
std::string print_instant(const call& c, const result<std::int64_t>& r) {
    return print(
        r, [&c](std::int64_t us, std::string& out) { format_timestamptz(us, c.settings, out); });
}

std::string run(const std::string& operation, const call& c) {
    const auto& zone = c.settings.time_zone;
    const std::map<std::string, std::function<std::string()>> operations{
        {"timestamp_plus", [&] { return print_stamp(c, timestamp_plus(c.stamp(0), c.span(1))); }},
        {"timestamp_minus", [&] { return print_stamp(c, timestamp_minus(c.stamp(0), c.span(1))); }},
        {"timestamptz_plus",
         [&] { return print_instant(c, timestamptz_plus(c.instant(0), c.span(1), zone)); }},
        {"timestamptz_minus",
         [&] { return print_instant(c, timestamptz_minus(c.instant(0), c.span(1), zone)); }},
        {"timestamp_difference",
         [&] { return print_interval(timestamp_difference(c.stamp(0), c.stamp(1))); }},
        {"timestamp_age", [&] { return print_interval(timestamp_age(c.stamp(0), c.stamp(1))); }},
        {"timestamptz_age",
         [&] { return print_interval(timestamptz_age(c.instant(0), c.instant(1), zone)); }},
        {"interval_add", [&] { return print_interval(add(c.span(0), c.span(1))); }},
        {"interval_subtract", [&] { return print_interval(subtract(c.span(0), c.span(1))); }},
        {"interval_multiply", [&] { return print_interval(multiply(c.span(0), c.factor(1))); }},
        {"interval_divide", [&] { return print_interval(divide(c.span(0), c.factor(1))); }},
        {"justify_hours", [&] { return print_interval(justify_hours(c.span(0))); }},
        {"justify_days", [&] { return print_interval(justify_days(c.span(0))); }},
        {"justify_interval", [&] { return print_interval(justify_interval(c.span(0))); }},
        {"date_plus",
         [&] {
             return print(
                 date_plus_days(c.date(0), std::stoll(c.arguments[1])),
                 [&](std::int32_t day, std::string& out) { format_date(day, c.settings, out); });
         }},
        {"date_difference",
         [&] {
             return print(date_difference(c.date(0), c.date(1)),
                          [](std::int64_t days, std::string& out) { out = std::to_string(days); });
         }},
        {"time_plus",
         [&] {
             std::string out;
             format_time(time_plus(*parse_time(c.arguments[0], c.settings), c.span(1)), out);
             return out;
         }},
    };
    return operations.at(operation)();
}

// Sums that PostgreSQL can hold and historyd cannot: years beyond 0001 to 9999.
bool beyond_supported_years(const std::string& expected) {
    return expected.find("BC") != std::string::npos;
}

TEST(datetime_arithmetic, computes_as_postgresql) {
    for (const auto& cells : read_cases("arithmetic.tsv")) {
        if (beyond_supported_years(cells[3])) continue;
        call c{settings_of(cells[1]), {}};
        std::string rest = cells[2];
        for (std::size_t bar; (bar = rest.find('|')) != std::string::npos;) {
            c.arguments.push_back(rest.substr(0, bar));
            rest.erase(0, bar + 1);
        }
        c.arguments.push_back(rest);
        EXPECT_EQ(run(cells[0], c), describe_expected(cells, 3)) << cells[0] << " of " << cells[2];
    }
}

TEST(datetime_arithmetic, out_of_range_is_an_error) {
    const interval century{1200, 0, 0}, longest{INT32_MAX, INT32_MAX, INT64_MAX};
    EXPECT_EQ(timestamp_plus(end_us - 1, century).error().sqlstate, "22008");
    EXPECT_EQ(timestamp_minus(first_us, century).error().sqlstate, "22008");
    EXPECT_EQ(timestamp_plus(0, longest).error().sqlstate, "22008");
    EXPECT_EQ(timestamp_minus(0, {INT32_MIN, 0, 0}).error().sqlstate, "22008");
    EXPECT_EQ(timestamptz_plus(0, longest, absl::UTCTimeZone()).error().sqlstate, "22008");
    EXPECT_EQ(date_plus_days(0, INT64_MAX).error().sqlstate, "22008");
    EXPECT_EQ(date_plus_days(0, 40'000'000).error().sqlstate, "22008");
}

}  // namespace
}  // namespace historyd::types
