#include <gtest/gtest.h>

#include "case_file.hpp"
#include "storage/types/datetime_format.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::types {
namespace {

// Where historyd means to differ from PostgreSQL: years beyond 0001 to 9999, in UTC for a
// timestamptz, are not stored.
bool beyond_supported_years(const std::string& input, const std::string& setting) {
    return input.find("BC") != std::string::npos || input == "1000000000-01-01" ||
           (input.starts_with("9999-12-31") && setting.find("New_York") != std::string::npos);
}

std::string printed(type_ref type, const value_view& v, const io_settings& settings) {
    std::string text;
    const auto r = text_out(type, v, settings, text);
    return r ? text : describe(r.error());
}

TEST(text_io, reads_and_prints_as_postgresql) {
    for (const auto& cells : read_cases("text.tsv")) {
        const auto& [type_name, setting, input] = std::tie(cells[0], cells[1], cells[2]);
        if (beyond_supported_years(input, setting)) continue;
        const auto type = type_of(type_name);
        const auto settings = settings_of(setting);
        const auto v = read_literal(type, input, settings);
        const std::string got = v ? printed(type, view_of(*v), settings) : describe(v.error());
        EXPECT_EQ(got, describe_expected(cells, 3))
            << type_name << " '" << input << "' with " << setting;
    }
}

TEST(text_io, what_it_reads_is_in_storage_form_and_reads_back) {
    for (const auto& cells : read_cases("text.tsv")) {
        const auto type = type_of(cells[0]);
        const auto settings = settings_of(cells[1]);
        const auto v = text_in(type, cells[2], settings);
        if (!v) continue;
        EXPECT_TRUE(is_storage_form(type.id, view_of(*v))) << cells[0] << " '" << cells[2] << "'";
        // Fewer digits than it holds; zone abbreviations that are not read.
        if (settings.extra_float_digits <= 0 || cells[1].find("DateStyle") != std::string::npos) {
            continue;
        }
        const auto again = text_in(type, printed(type, view_of(*v), settings), settings);
        ASSERT_TRUE(again) << cells[0] << " '" << cells[2] << "' " << describe(again.error());
        EXPECT_EQ(printed(type, view_of(*again), settings), printed(type, view_of(*v), settings))
            << cells[0] << " '" << cells[2] << "'";
    }
}

TEST(text_io, refuses_text_that_is_not_utf8) {
    const io_settings settings;
    for (const auto id : {type_oid::text, type_oid::varchar, type_oid::bpchar, type_oid::name,
                          type_oid::json, type_oid::jsonb, type_oid::text_array, type_oid::xml}) {
        const auto nul = text_in({id, -1}, std::string_view("\"a\0b\"", 5), settings);
        ASSERT_FALSE(nul);
        EXPECT_EQ(describe(nul.error()),
                  "!22021|invalid byte sequence for encoding \"UTF8\": 0x00||");
        const auto broken = text_in({id, -1}, "\"\xe2\x28\xa1\"", settings);
        ASSERT_FALSE(broken);
        EXPECT_EQ(describe(broken.error()),
                  "!22021|invalid byte sequence for encoding \"UTF8\": 0xe2 0x28 0xa1||");
    }
}

TEST(text_io, key_words_of_time_follow_the_transaction) {
    auto settings = settings_of("TimeZone=America/New_York");
    settings.now_us = 1'704'164'645'678'901;  // 2024-01-02 03:04:05.678901 UTC, the 1st in New York
    const auto read = [&](oid type, std::string_view text) {
        const auto v = text_in({type, -1}, text, settings);
        return v ? std::get<std::string>(*v) : describe(v.error());
    };
    EXPECT_EQ(read(type_oid::timestamptz, "now"), "2024-01-02 03:04:05.678901+00:00");
    EXPECT_EQ(read(type_oid::timestamp, "now"), "2024-01-01 22:04:05.678901");
    EXPECT_EQ(read(type_oid::date, "today"), "2024-01-01");
    EXPECT_EQ(read(type_oid::date, "tomorrow"), "2024-01-02");
    EXPECT_EQ(read(type_oid::date, "yesterday"), "2023-12-31");
    EXPECT_EQ(read(type_oid::timestamptz, "today"), "2024-01-01 05:00:00.000000+00:00");
    EXPECT_EQ(read(type_oid::timestamp, "today 10:00"), "2024-01-01 10:00:00.000000");
    EXPECT_EQ(read(type_oid::time, "now"), "22:04:05.678901");
    EXPECT_EQ(read(type_oid::timetz, "now"), "22:04:05.678901-05:00");
    EXPECT_EQ(read(type_oid::timetz, "10:00"), "10:00:00.000000-05:00");
}

// ISO style in UTC copies what is stored; through another zone of that offset it is printed.
TEST(text_io, iso_timestamps_print_alike_copied_and_computed) {
    const auto setting_with = [](const absl::TimeZone& zone) {
        io_settings settings;
        settings.time_zone = zone;
        return settings;
    };
    const auto copied = setting_with(absl::UTCTimeZone());
    absl::TimeZone london;
    ASSERT_TRUE(absl::LoadTimeZone("Europe/London", &london));
    const auto computed = setting_with(london);
    const std::int64_t winter = 1'704'067'200'000'000;  // 2024-01-01
    for (const std::int64_t us : {0, 1, 10, 120, 1'200, 500'000, 999'999, 1'000'000, 10'000'000,
                                  60'000'000, 600'000'000, 1'111'111'111}) {
        const auto stored = timestamptz_to_storage(winter + us);
        EXPECT_EQ(printed({type_oid::timestamptz, -1}, stored, copied),
                  printed({type_oid::timestamptz, -1}, stored, computed));
        std::string plain;
        format_timestamp(winter + us, copied, plain);
        EXPECT_EQ(printed({type_oid::timestamp, -1}, timestamp_to_storage(winter + us), copied),
                  plain);
    }
}

TEST(text_io, years_outside_four_digits_are_refused) {
    const io_settings settings;
    const auto refused = [&](oid type, std::string_view text) {
        const auto v = text_in({type, -1}, text, settings);
        return v ? std::string("accepted") : v.error().sqlstate;
    };
    EXPECT_EQ(refused(type_oid::date, "10000-01-01"), "22008");
    EXPECT_EQ(refused(type_oid::date, "2024-01-02 BC"), "22008");
    EXPECT_EQ(refused(type_oid::timestamp, "0044-03-15 10:00 BC"), "22008");
    EXPECT_EQ(refused(type_oid::timestamptz, "9999-12-31 23:00-02"), "22008");
    EXPECT_EQ(refused(type_oid::timestamptz, "0001-01-01 00:00+02"), "22008");
    EXPECT_EQ(refused(type_oid::timestamp, "9999-12-31 23:59:59.9999999"), "22008");
}

TEST(text_io, pseudo_types_take_no_value) {
    for (const auto id : {type_oid::record, type_oid::anyelement, type_oid::void_, type_oid::any}) {
        const auto v = text_in({id, -1}, "x", io_settings{});
        ASSERT_FALSE(v);
        EXPECT_EQ(v.error().sqlstate, "0A000");
    }
}

}  // namespace
}  // namespace historyd::types
