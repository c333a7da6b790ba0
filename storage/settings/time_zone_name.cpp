#include "storage/settings/time_zone_name.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include "storage/settings/value_check.hpp"

namespace historyd::settings {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view database_dir = "/usr/share/zoneinfo";
constexpr int seconds_per_hour = 3600;
constexpr double offset_hours_max = 168;

sql_error unknown_zone(std::string_view text) { return invalid_value("TimeZone", text); }

bool is_zone_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+';
}

// The entry of `dir` that is `name` when case is ignored.
std::optional<std::string> entry_like(const fs::path& dir, std::string_view name) {
    std::error_code failed;
    if (fs::exists(dir / name, failed)) return std::string(name);
    for (fs::directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed)) {
        auto entry = it->path().filename().string();
        if (equal_folded(entry, name)) return entry;
    }
    return std::nullopt;
}

// "europe/berlin" as the tz database spells it. The parts are checked, so that no path leads out of
// the database's directory.
std::optional<std::string> database_spelling(std::string_view text) {
    std::string name;
    fs::path dir(database_dir);
    while (!text.empty()) {
        const auto slash = text.find('/');
        const auto part = text.substr(0, slash);
        for (const char c : part) {
            if (!is_zone_character(c)) return std::nullopt;
        }
        const auto entry = part.empty() ? std::nullopt : entry_like(dir, part);
        if (!entry) return std::nullopt;
        name += (name.empty() ? "" : "/") + *entry;
        dir /= *entry;
        text = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
    }
    if (name.starts_with("posix") || name.starts_with("right")) return std::nullopt;
    return name;
}

// POSIX names count hours west of Greenwich, hence the two signs.
named_time_zone fixed_zone(int seconds_east) {
    const int size = std::abs(seconds_east);
    std::string clock = fmt::format("{:02}", size / seconds_per_hour);
    if (size % seconds_per_hour != 0) clock += fmt::format(":{:02}", size / 60 % 60);
    if (size % 60 != 0) clock += fmt::format(":{:02}", size % 60);
    const bool east = seconds_east >= 0;
    return {fmt::format("<{}{}>{}{}", east ? '+' : '-', clock, east ? '-' : '+', clock),
            absl::FixedTimeZone(seconds_east)};
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
        if (failed != std::errc() || field > offset_hours_max) return std::nullopt;
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
    auto inside = trimmed(text.substr(open + 1, close - open - 1));
    const auto blank = inside.find(' ');
    if (blank == std::string_view::npos) return clock_offset(inside);
    const auto count = whole_number(inside.substr(0, blank));
    const auto word = trimmed(inside.substr(blank));
    if (!count || std::abs(*count) > offset_hours_max * seconds_per_hour) return std::nullopt;
    if (equal_folded(word, "hour") || equal_folded(word, "hours")) {
        return static_cast<int>(*count * seconds_per_hour);
    }
    if (equal_folded(word, "minute") || equal_folded(word, "minutes")) {
        return static_cast<int>(*count * 60);
    }
    return std::nullopt;
}

// "<+03>-03", "GMT+3", "FOO3": a name, then hours west. Daylight saving rules are not read.
std::optional<int> posix_offset(std::string_view text) {
    std::size_t name_end = 0;
    if (text.starts_with('<')) {
        name_end = text.find('>');
        if (name_end == std::string_view::npos || name_end < 4) return std::nullopt;
        ++name_end;
    } else {
        while (name_end < text.size() && std::isalpha(static_cast<unsigned char>(text[name_end]))) {
            ++name_end;
        }
        if (name_end < 3) return std::nullopt;
    }
    const auto west = clock_offset(text.substr(name_end));
    if (!west || text.size() == name_end) return std::nullopt;
    return -*west;
}

}  // namespace

result<named_time_zone> find_time_zone(std::string_view text) {
    if (text.size() > 8 && equal_folded(text.substr(0, 8), "interval")) {
        if (const auto offset = interval_offset(text)) return fixed_zone(*offset);
        return unknown_zone(text);
    }
    if (const auto hours = whole_number(text)) {
        if (std::abs(*hours) > offset_hours_max) {
            return unknown_zone(text).with_detail("UTC timezone offset is out of range.");
        }
        return fixed_zone(static_cast<int>(std::lround(*hours * seconds_per_hour)));
    }
    if (equal_folded(text, "UTC")) return named_time_zone{"UTC", absl::UTCTimeZone()};
    if (const auto name = database_spelling(text); name && !name->empty()) {
        absl::TimeZone zone;
        if (absl::LoadTimeZone(*name, &zone)) return named_time_zone{*name, zone};
    }
    if (const auto east = posix_offset(text)) {
        return named_time_zone{std::string(text), absl::FixedTimeZone(*east)};
    }
    return unknown_zone(text);
}

}  // namespace historyd::settings
