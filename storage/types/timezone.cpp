#include "storage/types/timezone.hpp"

#include <cstdlib>
#include <filesystem>
#include <unordered_map>

#include "storage/types/input_text.hpp"

namespace historyd::types {

namespace {

std::string lower_case(std::string_view s) {
    std::string result(s);
    for (char& c : result) c = to_lower(c);
    return result;
}

std::string upper_case(std::string_view s) {
    std::string result(s);
    for (char& c : result) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return result;
}

std::string zone_directory() {
    const char* given = std::getenv("TZDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return given != nullptr && *given != '\0' ? given : "/usr/share/zoneinfo";
}

// Every zone in its usual spelling by lower-case name. Read once: PostgreSQL's names are the files
// of the zone directory, in any case, and files cannot be opened in any case.
const std::unordered_map<std::string, std::string>& zone_names() {
    static const auto names = [] {
        namespace fs = std::filesystem;
        std::unordered_map<std::string, std::string> result;
        std::error_code error;
        const fs::path root = zone_directory();
        auto it = fs::recursive_directory_iterator(root, error);
        for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
            const std::string name = it->path().lexically_relative(root).string();
            if (name == "posix" || name == "right") {
                it.disable_recursion_pending();
                continue;
            }
            std::error_code ignored;
            const bool is_zone = it->is_regular_file(ignored) &&
                                 name.find('.') == std::string::npos && name != "leapseconds" &&
                                 name != "posixrules";
            if (is_zone) result.emplace(lower_case(name), name);
        }
        return result;
    }();
    return names;
}

constexpr std::int32_t offset_hours_max = 24;  // absl's; PostgreSQL goes up to 167

// h[:mm[:ss]], taken off the front.
std::optional<std::int32_t> take_offset(std::string_view& s) {
    std::int32_t seconds = 0, unit = 3600;
    for (const std::int32_t highest : {offset_hours_max, 59, 60}) {
        std::int32_t v = 0;
        std::size_t digits = 0;
        for (; digits < s.size() && is_digit(s[digits]); ++digits) {
            v = v * 10 + s[digits] - '0';
            if (v > highest) return std::nullopt;
        }
        if (digits == 0) return std::nullopt;
        seconds += v * unit;
        unit /= 60;
        s.remove_prefix(digits);
        if (unit == 0 || !s.starts_with(':')) break;
        s.remove_prefix(1);
    }
    return seconds;
}

// A name, which may be in angle brackets or missing, and an offset that is positive west of
// Greenwich. Rules for daylight saving are not read.
std::optional<named_zone> parse_posix_zone(std::string_view text) {
    std::string_view s = text;
    const auto name_end = s.starts_with('<') ? s.find('>') : s.find_first_of("0123456789,+-");
    if (name_end == std::string_view::npos) return std::nullopt;
    s.remove_prefix(name_end + (s.starts_with('<') ? 1 : 0));
    int east = -1;
    if (s.starts_with('-') || s.starts_with('+')) {
        east = s.front() == '-' ? 1 : -1;
        s.remove_prefix(1);
    }
    const auto seconds = take_offset(s);
    if (!seconds || *seconds > offset_hours_max * 3600 || !s.empty()) return std::nullopt;
    return named_zone{absl::FixedTimeZone(east * *seconds), upper_case(text)};
}

}  // namespace

std::optional<named_zone> find_time_zone(std::string_view name) {
    const std::string lower = lower_case(name);
    if (lower == "utc") return named_zone{absl::UTCTimeZone(), "UTC"};
    const auto& names = zone_names();
    if (const auto found = names.find(lower); found != names.end()) {
        absl::TimeZone zone;
        if (absl::LoadTimeZone(found->second, &zone)) return named_zone{zone, found->second};
    }
    return parse_posix_zone(name);
}

std::optional<named_zone> find_zone_or_abbreviation(std::string_view name) {
    const std::string lower = lower_case(name);
    if (const auto abbreviation = find_zone_abbreviation(lower)) {
        return named_zone{absl::FixedTimeZone(abbreviation->east_seconds), std::string(name)};
    }
    return find_time_zone(name);
}

zone_offset offset_at(std::int64_t utc_us, const absl::TimeZone& zone) {
    const auto info = zone.At(absl::FromUnixMicros(utc_us));
    return {info.offset, info.zone_abbr, info.is_dst};
}

std::int32_t east_seconds_at(std::int64_t utc_us, const absl::TimeZone& zone) {
    if (zone == absl::UTCTimeZone()) return 0;
    return zone.At(absl::FromUnixMicros(utc_us)).offset;
}

std::int64_t to_local(std::int64_t utc_us, const absl::TimeZone& zone) {
    if (is_infinite_us(utc_us)) return utc_us;
    return utc_us + east_seconds_at(utc_us, zone) * us_per_second;
}

std::int64_t to_utc(std::int64_t local_us, const absl::TimeZone& zone) {
    if (is_infinite_us(local_us) || zone == absl::UTCTimeZone()) return local_us;
    const std::int64_t seconds = floor_div(local_us, us_per_second);
    const auto info = zone.At(absl::CivilSecond(1970, 1, 1, 0, 0, 0) + seconds);
    const bool repeated = info.kind == absl::TimeZone::TimeInfo::REPEATED;
    const std::int64_t utc_seconds = absl::ToUnixSeconds(repeated ? info.post : info.pre);
    return utc_seconds * us_per_second + (local_us - seconds * us_per_second);
}

}  // namespace historyd::types
