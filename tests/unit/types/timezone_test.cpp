#include "storage/types/timezone.hpp"

#include <gtest/gtest.h>

namespace historyd::types {
namespace {

std::string name_of(std::string_view name) {
    const auto zone = find_time_zone(name);
    return zone ? zone->name : "none";
}
std::int32_t east_of(std::string_view name, std::int64_t at = 0) {
    const auto zone = find_zone_or_abbreviation(name);
    EXPECT_TRUE(zone) << name;
    return zone ? east_seconds_at(at, zone->zone) : -1;
}

TEST(timezone, finds_zones_in_any_case) {
    EXPECT_EQ(name_of("america/NEW_york"), "America/New_York");
    EXPECT_EQ(name_of("utc"), "UTC");
    EXPECT_EQ(name_of("Etc/GMT+5"), "Etc/GMT+5");
    EXPECT_EQ(name_of("posixrules"), "none");
    EXPECT_EQ(name_of("../../etc/passwd"), "none");
    EXPECT_EQ(name_of("zone.tab"), "none");
    EXPECT_EQ(name_of("Mars/Olympus"), "none");
    EXPECT_EQ(name_of(""), "none");
}

TEST(timezone, posix_offsets_count_west) {
    EXPECT_EQ(east_of("UTC+3"), -3 * 3600);
    EXPECT_EQ(east_of("<+05:30>-5:30"), 5 * 3600 + 1800);
    EXPECT_EQ(east_of("FOO5"), -5 * 3600);
    EXPECT_EQ(name_of("FOO+5:60"), "none");
    EXPECT_EQ(east_of("FOO5:30:15"), -(5 * 3600 + 1800 + 15));
    EXPECT_EQ(name_of("fo5"), "FO5");
    EXPECT_EQ(name_of("FOO"), "none");
    EXPECT_EQ(name_of("FOO5EAT"), "none");
    EXPECT_EQ(name_of("5:1:2:3"), "none");
    EXPECT_EQ(name_of("99999999999"), "none");
    EXPECT_EQ(name_of("FOO+200"), "none");
    EXPECT_EQ(name_of("<x"), "none");
}

TEST(timezone, posix_offsets_need_no_name) {
    EXPECT_EQ(east_of("+3"), -3 * 3600);
    EXPECT_EQ(east_of("-03:30"), 3 * 3600 + 1800);
    EXPECT_EQ(name_of("+"), "none");
}

TEST(timezone, abbreviations_are_fixed_offsets) {
    constexpr std::int64_t july_2024_us = 1'720'000'000'000'000;
    EXPECT_EQ(east_of("EST", july_2024_us), -5 * 3600);
    EXPECT_EQ(east_of("cest"), 2 * 3600);
    EXPECT_EQ(east_of("Z"), 0);
    // CET the abbreviation never changes; CET the zone does.
    EXPECT_EQ(east_of("CET", july_2024_us), 3600);
    EXPECT_EQ(east_seconds_at(july_2024_us, find_time_zone("CET")->zone), 2 * 3600);
}

TEST(timezone, local_times_around_a_change_of_clocks) {
    const auto zone = find_time_zone("America/New_York")->zone;
    const auto utc = [&](int month, int day, int hour, int minute) {
        const auto us = to_utc(us_from_civil({2024, month, day, hour, minute, 0, 0}), zone);
        const auto t = civil_from_us(us);
        return std::to_string(t.hour) + ":" + std::to_string(t.minute);
    };
    EXPECT_EQ(utc(3, 10, 1, 30), "6:30");
    EXPECT_EQ(utc(3, 10, 2, 30), "7:30");  // skipped: the offset before
    EXPECT_EQ(utc(3, 10, 3, 30), "7:30");
    EXPECT_EQ(utc(11, 3, 0, 30), "4:30");
    EXPECT_EQ(utc(11, 3, 1, 30), "6:30");  // repeated: the offset after
    EXPECT_EQ(to_utc(infinite_future_us, zone), infinite_future_us);
    EXPECT_EQ(to_local(infinite_past_us, zone), infinite_past_us);
}

TEST(civil_time, days_and_fields_agree_over_the_whole_range) {
    civil_time t{1, 1, 1, 0, 0, 0, 0};
    for (std::int64_t day = first_day; day < end_day; ++day) {
        const auto got = civil_from_day(day);
        ASSERT_EQ(got.year, t.year) << day;
        ASSERT_EQ(got.month, t.month) << day;
        ASSERT_EQ(got.day, t.day) << day;
        ASSERT_EQ(days_from_civil(t.year, t.month, t.day), day);
        if (++t.day > days_in_month(t.year, t.month)) {
            t.day = 1;
            if (++t.month > 12) {
                t.month = 1;
                ++t.year;
            }
        }
    }
    EXPECT_EQ(t.year, 10'000);
}

TEST(civil_time, iso_weeks) {
    const auto week = [](int year, int month, int day) {
        const auto w = iso_week_of({year, month, day, 0, 0, 0, 0});
        return std::to_string(w.year) + "-W" + std::to_string(w.week);
    };
    EXPECT_EQ(week(2024, 1, 1), "2024-W1");
    EXPECT_EQ(week(2024, 12, 30), "2025-W1");
    EXPECT_EQ(week(2021, 1, 3), "2020-W53");
    EXPECT_EQ(week(2023, 1, 1), "2022-W52");
    EXPECT_EQ(day_of_week(0), 4);
    EXPECT_EQ(day_of_week(-1), 3);
}

}  // namespace
}  // namespace historyd::types
