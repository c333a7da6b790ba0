#include "storage/types/utf8.hpp"

#include <gtest/gtest.h>

namespace historyd::types {
namespace {

std::string error_of(std::string_view text) {
    const auto r = check_utf8(text);
    return r ? "" : r.error().message;
}
const std::string prefix = "invalid byte sequence for encoding \"UTF8\":";

TEST(utf8, accepts_every_code_point_and_no_surrogate) {
    for (char32_t c = 1; c <= 0x10FFFF; ++c) {
        std::string text;
        append_utf8(c, text);
        const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        ASSERT_EQ(check_utf8(text).has_value(), !surrogate) << static_cast<std::uint32_t>(c);
    }
}

// Each expected text is what PostgreSQL 15 reports for the bytes.
TEST(utf8, names_the_bytes_it_refuses) {
    EXPECT_EQ(error_of(std::string_view("a\0b", 3)), prefix + " 0x00");
    EXPECT_EQ(error_of("abcdefgh\x80"), prefix + " 0x80");
    EXPECT_EQ(error_of("\xff"), prefix + " 0xff");
    EXPECT_EQ(error_of("\xc3"), prefix + " 0xc3");
    EXPECT_EQ(error_of("\xc0\x80"), prefix + " 0xc0 0x80");
    EXPECT_EQ(error_of("\xe2\x28\xa1"), prefix + " 0xe2 0x28 0xa1");
    EXPECT_EQ(error_of("\xed\xa0\x80"), prefix + " 0xed 0xa0 0x80");
    EXPECT_EQ(error_of("\xf4\x90\x80\x80"), prefix + " 0xf4 0x90 0x80 0x80");
    EXPECT_EQ(error_of("\xf8\x88\x80\x80\x80"), prefix + " 0xf8");
}

TEST(utf8, finds_a_fault_at_any_place_in_a_long_text) {
    for (std::size_t at = 0; at < 40; ++at) {
        std::string text(40, 'a');
        EXPECT_EQ(error_of(text), "");
        text[at] = '\0';
        EXPECT_EQ(error_of(text), prefix + " 0x00") << at;
        text[at] = '\x80';
        EXPECT_EQ(error_of(text), prefix + " 0x80") << at;
    }
}

TEST(utf8, counts_characters) {
    EXPECT_EQ(count_characters("a\u00e9\u65e5\U0001f600"), 4u);
    EXPECT_EQ(prefix_bytes("a\u00e9\u65e5\U0001f600", 3), 6u);
    EXPECT_EQ(prefix_bytes("ab", 5), 2u);
    EXPECT_EQ(prefix_bytes("", 1), 0u);
}

}  // namespace
}  // namespace historyd::types
