#include "storage/sql/nesting_bound.hpp"
#include "tests/unit/sql/repeated_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace historyd::sql {
namespace {

using testing::repeated;

TEST(nesting_bound, counts_the_lexemes_on_a_path) {
    EXPECT_EQ(nesting_bound(""), 0U);
    EXPECT_EQ(nesting_bound("select 1"), 2U);
    EXPECT_EQ(nesting_bound("select 1 + 1 + 1"), 6U);
}

TEST(nesting_bound, a_comma_or_semicolon_starts_over) {
    EXPECT_EQ(nesting_bound("select 1, 2, 3, 4, 5"), 2U);
    EXPECT_LT(nesting_bound(repeated("select 1;", 1000)), 4U);
    EXPECT_LT(nesting_bound("insert into t values " + repeated("(1, -2, 'x'), ", 1000)), 10U);
}

TEST(nesting_bound, brackets_add_up) {
    EXPECT_GE(nesting_bound(repeated("(", 500) + "1" + repeated(")", 500)), 500U);
    EXPECT_GE(nesting_bound("select f(" + repeated("1, g(", 100) + repeated(")", 100) + ")"), 100U);
}

TEST(nesting_bound, strings_names_and_comments_are_one_lexeme_or_none) {
    const auto noise = repeated("+ (", 200);
    EXPECT_EQ(nesting_bound("select '" + noise + "'"), 2U);
    EXPECT_EQ(nesting_bound("select 'it''s " + noise + "'"), 2U);
    EXPECT_EQ(nesting_bound("select E'\\'" + noise + "'"), 2U);
    EXPECT_EQ(nesting_bound("select $tag$" + noise + "$tag$"), 2U);
    EXPECT_EQ(nesting_bound("select \"" + noise + "\""), 2U);
    EXPECT_EQ(nesting_bound("select 1 -- " + noise), 2U);
    EXPECT_EQ(nesting_bound("select /* " + noise + " /* nested */ */ 1"), 2U);
}

TEST(nesting_bound, a_backslash_does_not_hide_the_end_of_a_plain_string) {
    EXPECT_GE(nesting_bound("select '\\' " + repeated("+ 1 ", 100)), 200U);
    EXPECT_GE(nesting_bound("select e'\\'' " + repeated("+ 1 ", 100)), 200U);
}

TEST(nesting_bound, survives_unterminated_text) {
    for (const std::string_view text : {"'", "\"", "$a$", "/*", "--", "E'\\", "$", "((", "))"}) {
        nesting_bound(text);
    }
}

}  // namespace
}  // namespace historyd::sql
