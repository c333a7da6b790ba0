#include "storage/types/foreign_form.hpp"

#include <gtest/gtest.h>

#include "case_file.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::types {
namespace {

std::string read(oid type, const value_view& v) {
    const auto ours = from_foreign_form(type, v);
    if (!ours) return describe(ours.error());
    EXPECT_TRUE(is_storage_form(type, view_of(*ours)));
    std::string text;
    const auto r = text_out({type, -1}, view_of(*ours), io_settings{}, text);
    return r ? text : describe(r.error());
}

TEST(foreign_form, timestamps_of_other_programs_name_their_instant) {
    for (const auto type : {type_oid::timestamp, type_oid::timestamptz}) {
        const std::string zone = type == type_oid::timestamptz ? "+00" : "";
        // Python's isoformat, with an older mem0's Pacific offset.
        EXPECT_EQ(read(type, "2024-07-02T03:04:05.123456-07:00"),
                  "2024-07-02 10:04:05.123456" + zone);
        EXPECT_EQ(read(type, "2024-07-02T03:04:05+00:00"), "2024-07-02 03:04:05" + zone);
        EXPECT_EQ(read(type, "2024-07-02T03:04:05.123456+00:00"),
                  "2024-07-02 03:04:05.123456" + zone);
        // SQLite's CURRENT_TIMESTAMP and JavaScript's toISOString.
        EXPECT_EQ(read(type, "2024-07-02 03:04:05"), "2024-07-02 03:04:05" + zone);
        EXPECT_EQ(read(type, "2024-07-02T03:04:05.678Z"), "2024-07-02 03:04:05.678" + zone);
        EXPECT_EQ(read(type, "2024-07-02"), "2024-07-02 00:00:00" + zone);
        // Date.now() and time.time().
        EXPECT_EQ(read(type, std::int64_t{1'719'889'445'678}), "2024-07-02 03:04:05.678" + zone);
        EXPECT_EQ(read(type, 1719889445.5), "2024-07-02 03:04:05.5" + zone);
    }
    EXPECT_EQ(read(type_oid::timestamptz, "yesterday-ish"),
              "!XX001|stored value cannot be read as type timestamp with time zone|invalid input "
              "syntax for type timestamp with time zone: \"yesterday-ish\"|");
    EXPECT_EQ(from_foreign_form(type_oid::timestamp, 1e300).error().sqlstate, "XX001");
    for (const auto* text : {"2024-02-30T03:04:05.123456+00:00", "2024-07-02T03:04:61.123456+00:00",
                             "2024-07-02T03:04:05.1234:6+00:00", "2024-07-02Tinfinity"}) {
        EXPECT_EQ(from_foreign_form(type_oid::timestamptz, text).error().sqlstate, "XX001") << text;
    }
}

TEST(foreign_form, other_storage_classes_become_the_declared_type) {
    EXPECT_EQ(read(type_oid::text, std::int64_t{5}), "5");
    EXPECT_EQ(read(type_oid::text, 1.5), "1.5");
    EXPECT_EQ(read(type_oid::text, blob_view{"abc"}), "abc");
    EXPECT_EQ(read(type_oid::bool_, "true"), "t");
    EXPECT_EQ(read(type_oid::bool_, std::int64_t{7}), "t");
    EXPECT_EQ(read(type_oid::int4, "12"), "12");
    EXPECT_EQ(read(type_oid::int4, 12.0), "12");
    EXPECT_EQ(read(type_oid::float8, std::int64_t{3}), "3");
    EXPECT_EQ(read(type_oid::numeric, 1.25), "1.25");
    EXPECT_EQ(read(type_oid::numeric, std::int64_t{7}), "7");
    EXPECT_EQ(read(type_oid::bytea, "ab"), "\\x6162");
    EXPECT_EQ(read(type_oid::uuid, "A0EEBC999C0B4EF8BB6D6BB9BD380A11"),
              "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    EXPECT_EQ(read(type_oid::jsonb, std::int64_t{7}), "7");
    EXPECT_EQ(from_foreign_form(type_oid::int4, 1.5).error().sqlstate, "XX001");
    EXPECT_EQ(from_foreign_form(type_oid::int4, "x").error().sqlstate, "XX001");
    EXPECT_EQ(from_foreign_form(type_oid::text, blob_view{"\xff"}).error().sqlstate, "XX001");
    EXPECT_EQ(from_foreign_form(99'999, "x").error().sqlstate, "XX001");
}

TEST(foreign_form, printing_reads_it_on_the_way) {
    std::string out;
    ASSERT_TRUE(text_out({type_oid::timestamptz, -1}, "2024-07-02T03:04:05-07:00",
                         settings_of("TimeZone=Europe/Paris"), out));
    EXPECT_EQ(out, "2024-07-02 12:04:05+02");
    const auto r = text_out({type_oid::uuid, -1}, "not a uuid", io_settings{}, out);
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().sqlstate, "XX001");
}

}  // namespace
}  // namespace historyd::types
