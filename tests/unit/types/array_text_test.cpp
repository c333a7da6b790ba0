#include "storage/types/array_text.hpp"

#include <gtest/gtest.h>

#include "case_file.hpp"

namespace historyd::types {
namespace {

TEST(array_text, takes_literals_apart) {
    const auto a = parse_array("[0:1][5:6]={{a,NULL},{\"x y\",\"\"}}");
    ASSERT_TRUE(a);
    EXPECT_EQ(a->dimensions, (std::vector<array_dimension>{{2, 0}, {2, 5}}));
    EXPECT_EQ(a->elements, (std::vector<std::optional<std::string>>{"a", std::nullopt, "x y", ""}));
    EXPECT_TRUE(parse_array("{}")->dimensions.empty());
}

TEST(array_text, quotes_what_must_be_quoted) {
    EXPECT_EQ(
        array_to_text(one_dimensional({"a", "b c", "", "NULL", std::nullopt, "x\"y\\z", "{"})),
        "{a,\"b c\",\"\",\"NULL\",NULL,\"x\\\"y\\\\z\",\"{\"}");
    EXPECT_EQ(array_to_text(one_dimensional({})), "{}");
}

// Every byte string survives: what is written reads back the same.
TEST(array_text, any_element_survives_writing_and_reading) {
    std::vector<std::optional<std::string>> elements;
    for (int c = 1; c < 256; ++c) {
        elements.emplace_back(std::string(1, static_cast<char>(c)));
        elements.emplace_back("a" + std::string(1, static_cast<char>(c)) + " ");
    }
    const auto again = parse_array(array_to_text(one_dimensional(elements)));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->elements, elements);
}

TEST(array_text, elements_pass_between_values_and_text) {
    const auto round_trip = [](oid element, const value& v) {
        const auto text = element_text(element, view_of(v));
        const auto again = element_value(element, text);
        ASSERT_TRUE(again) << text;
        EXPECT_EQ(*again, v) << text;
    };
    round_trip(type_oid::bool_, std::int64_t{1});
    round_trip(type_oid::int8, std::int64_t{INT64_MIN});
    round_trip(type_oid::oid_, std::int64_t{4'294'967'295});
    round_trip(type_oid::float8, 0.1);
    round_trip(type_oid::float4, static_cast<double>(0.1F));
    round_trip(type_oid::float8, std::string("NaN"));
    round_trip(type_oid::bytea, blob{std::string("\0\xff", 2)});
    round_trip(type_oid::text, std::string("x"));
    round_trip(type_oid::timestamptz, std::string("2024-01-02 03:04:05.000000+00:00"));
    EXPECT_FALSE(element_value(type_oid::int4, "x"));
}

TEST(array_text, stored_elements_do_not_depend_on_the_session) {
    const auto stored = array_in({type_oid::timestamptz, -1}, "{2024-07-02 03:04:05,infinity}",
                                 settings_of("TimeZone=America/New_York"));
    ASSERT_TRUE(stored);
    EXPECT_EQ(*stored, "{\"2024-07-02 07:04:05.000000+00:00\",infinity}");
    std::string out;
    ASSERT_TRUE(array_out(type_oid::timestamptz, *stored,
                          settings_of("TimeZone=Europe/Paris;DateStyle=German"), out));
    EXPECT_EQ(out, "{\"02.07.2024 09:04:05 CEST\",infinity}");
}

}  // namespace
}  // namespace historyd::types
