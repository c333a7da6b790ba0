#include "storage/outbox/entry_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace historyd::outbox {
namespace {

TEST(entry_text, reads_back_what_it_writes) {
    const std::vector<named_value> values{
        {"it's", std::string("o'clock, ''")},
        {"n", std::int64_t{-9223372036854775807 - 1}},
        {"nothing", value()},
        {"tenth", 0.1},
        {"least", std::numeric_limits<double>::denorm_min()},
        {"endless", -std::numeric_limits<double>::infinity()},
        {"bytes", blob{std::string("\0\xff'", 3)}},
        {"empty", std::string()},
        {"none", blob{}},
    };
    const auto read = decode_entry(encode_entry(values));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, values);
}

TEST(entry_text, sqlites_spellings) {
    const auto read = decode_entry("'a',9.0e+999,'b',-Inf,'c',X'00fF','d',1e-999");
    ASSERT_TRUE(read) << read.error().message;
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(read->at(0).value, value(infinity));
    EXPECT_EQ(read->at(1).value, value(-infinity));
    EXPECT_EQ(read->at(2).value, value(blob{std::string("\0\xff", 2)}));
    EXPECT_EQ(read->at(3).value, value(0.0));
    EXPECT_TRUE(decode_entry("")->empty());
}

TEST(entry_text, damage_is_an_error) {
    for (const auto* text : {"'a'", "'a',", "'a',1,", "'a',1 'b',2", "a,1", "'a',x", "'a','b",
                             "'a',X'0'", "'a',X'0g'", "'a',1.5.5", ",", "'a',--1"}) {
        const auto read = decode_entry(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().sqlstate, sqlstate::data_corrupted);
    }
    EXPECT_FALSE(to_op("upsert"));
}

// Every cut and every changed byte of an entry: an error or other values, never a crash.
TEST(entry_text, every_mutilation_is_survived) {
    const std::string text = "'id','a''b','n',-12.5e3,'x',X'0aFF','z',NULL";
    for (std::size_t i = 0; i < text.size(); ++i) {
        (void)decode_entry(std::string_view(text).substr(0, i));
        for (const char c : {'\'', ',', 'X', '\0', '9'}) {
            auto changed = text;
            changed[i] = c;
            (void)decode_entry(changed);
        }
    }
}

}  // namespace
}  // namespace historyd::outbox
