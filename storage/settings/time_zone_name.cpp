#include "storage/settings/time_zone_name.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "storage/settings/value_check.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::settings {

namespace {

constexpr int seconds_per_hour = 3600;
constexpr unsigned clock_field_max = 999;
constexpr double offset_hours_max = 24;  // absl's; PostgreSQL goes up to 168

sql_error unknown_zone(std::string_view text) { return invalid_value("TimeZone", text); }

// POSIX names count hours west of Greenwich, hence the two signs.
types::named_zone fixed_zone(int seconds_east) {
    const int size = std::abs(seconds_east);
    std::string clock = fmt::format("{:02}", size / seconds_per_hour);
    if (size % seconds_per_hour != 0) clock += fmt::format(":{:02}", size / 60 % 60);
    if (size % 60 != 0) clock += fmt::format(":{:02}", size % 60);
    const bool east = seconds_east >= 0;
    return {absl::FixedTimeZone(seconds_east),
            fmt::format("<{}{}>{}{}", east ? '+' : '-', clock, east ? '-' : '+', clock)};
}

std::optional<double> whole_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double number = 0;
    const auto [end, failed] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// [+-]hh[:mm[:ss]] in seconds.
std::optional<int> clock_offset(std::string_view text) {
    int sign = 1;
    if (text.starts_with('-') || text.starts_with('+')) {
        sign = text.front() == '-' ? -1 : 1;
        text.remove_prefix(1);
    }
    int total = 0;
    int scale = seconds_per_hour;
    while (!text.empty() && scale > 0) {
        unsigned field = 0;
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), field);
        if (failed != std::errc() || field > clock_field_max) return std::nullopt;
        total += static_cast<int>(field) * scale;
        scale /= 60;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.empty()) return sign * total;
        if (text.front() != ':') return std::nullopt;
        text.remove_prefix(1);
    }
    return std::nullopt;
}

// INTERVAL '5:30', INTERVAL '-3 hours', INTERVAL '90 minutes'.
std::optional<int> interval_offset(std::string_view text) {
    const auto open = text.find('\'');
    const auto close = text.rfind('\'');
    if (open == close) return std::nullopt;
    auto inside = types::trim_blanks(text.substr(open + 1, close - open - 1));
    const auto blank = inside.find(' ');
    if (blank == std::string_view::npos) return clock_offset(inside);
    const auto count = whole_number(inside.substr(0, blank));
    const auto word = types::trim_blanks(inside.substr(blank));
    if (!count || std::abs(*count) > offset_hours_max * seconds_per_hour) return std::nullopt;
    if (equal_folded(word, "hour") || equal_folded(word, "hours")) {
        return static_cast<int>(*count * seconds_per_hour);
    }
    if (equal_folded(word, "minute") || equal_folded(word, "minutes")) {
        return static_cast<int>(*count * 60);
    }
    return std::nullopt;
}

}  // namespace

result<types::named_zone> find_time_zone(std::string_view text) {
    if (text.size() > 8 && equal_folded(text.substr(0, 8), "interval")) {
        const auto offset = interval_offset(text);
        if (!offset || std::abs(*offset) > offset_hours_max * seconds_per_hour) {
            return unknown_zone(text);
        }
        return fixed_zone(*offset);
    }
    if (const auto hours = whole_number(text)) {
        if (std::abs(*hours) > offset_hours_max) {
            return unknown_zone(text).with_detail("UTC timezone offset is out of range.");
        }
        return fixed_zone(static_cast<int>(std::lround(*hours * seconds_per_hour)));
    }
    if (auto named = types::find_time_zone(text)) return std::move(*named);
    return unknown_zone(text);
}

}  // namespace historyd::settings
