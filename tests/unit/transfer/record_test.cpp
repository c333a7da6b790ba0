#include "storage/transfer/record.hpp"

#include <gtest/gtest.h>

#include "storage/transfer/digest.hpp"

namespace historyd::transfer {
namespace {

constexpr column instant{"at", column_kind::instant}, flag{"flag", column_kind::flag}, text{"text"};

std::string canonical_of(const column& c, const value_view& v) {
    std::string defect;
    auto out = canonical(c, v, defect);
    if (!defect.empty()) return "defect " + defect;
    return out.value_or("null");
}

TEST(Canonical, OneInstantHasOneText) {
    const std::string expected = "2024-10-01T17:00:00.500000+00:00";
    for (const auto* same :
         {"2024-10-01T10:00:00.5-07:00", "2024-10-01 17:00:00.500000+00:00",
          "2024-10-01T17:00:00.500Z", "2024-10-01 17:00:00.5", "2024-10-01 22:30:00.5+05:30"}) {
        EXPECT_EQ(canonical_of(instant, same), expected) << same;
    }
    EXPECT_EQ(canonical_of(instant, std::int64_t{1727802000}), "2024-10-01T17:00:00.000000+00:00");
}

TEST(Canonical, FlagsAreNumbers) {
    EXPECT_EQ(canonical_of(flag, std::int64_t{1}), "1");
    EXPECT_EQ(canonical_of(flag, "f"), "0");
    EXPECT_EQ(canonical_of(flag, "true"), "1");
    EXPECT_EQ(canonical_of(flag, {}), "null");
}

TEST(Canonical, WhatPostgreSqlWouldRefuseIsADefect) {
    EXPECT_EQ(canonical_of(instant, "yesterday-ish"), "defect at: not a date and time");
    EXPECT_EQ(canonical_of(flag, "perhaps"), "defect flag: neither 0 nor 1");
    EXPECT_EQ(canonical_of(text, std::string_view("\xff", 1)), "defect text: not UTF-8 text");
    EXPECT_EQ(canonical_of(text, std::string_view("a\0b", 3)), "defect text: not UTF-8 text");
}

record message(const std::string& id, std::optional<std::string> content) {
    return {.table = 1,
            .fields = {id, "scope", "user", std::move(content), std::nullopt, std::nullopt},
            .defect = {}};
}

TEST(Digest, IsOfTheSetAndNotOfTheOrder) {
    digest ab, ba, ac;
    const auto hash = [](const char* id) {
        return row_hash(message(id, "x"), row_identity::whole);
    };
    for (const auto* id : {"a", "b"}) ab.add(hash(id));
    for (const auto* id : {"b", "a"}) ba.add(hash(id));
    for (const auto* id : {"a", "c"}) ac.add(hash(id));
    EXPECT_EQ(ab, ba);
    EXPECT_NE(ab, ac);
    EXPECT_EQ(ab.rows(), 2u);
    EXPECT_EQ(ab.checksum().size(), 32u);
}

TEST(Digest, KnowsNullFromEmptyAndOneFieldFromTheNext) {
    const auto hash = [](std::optional<std::string> content) {
        return row_hash(message("a", std::move(content)), row_identity::whole);
    };
    EXPECT_NE(hash(std::nullopt), hash(""));
    record left = message("a", "bc"), right = message("ab", "c");
    left.fields[1] = right.fields[1] = std::nullopt;
    EXPECT_NE(row_hash(left, row_identity::whole), row_hash(right, row_identity::whole));
}

TEST(Digest, WithoutIdTheRestCounts) {
    EXPECT_EQ(row_hash(message("a", "x"), row_identity::without_id),
              row_hash(message("b", "x"), row_identity::without_id));
}

TEST(JsonLine, EscapesAndKeepsNumbers) {
    auto r = message("a\"b", "line\nbreak");
    EXPECT_EQ(json_line(r),
              "{\"table\": \"messages\", \"id\": \"a\\\"b\", \"session_scope\": \"scope\", "
              "\"role\": \"user\", \"content\": \"line\\nbreak\", \"name\": null, "
              "\"created_at\": null}\n");
}

}  // namespace
}  // namespace historyd::transfer
