#include "storage/schema/own_tables.hpp"

#include <gtest/gtest.h>

namespace historyd::schema {
namespace {

TEST(own_tables, attnum_lists_read_back) {
    const std::vector<std::int16_t> attnums{1, 12, 3};
    EXPECT_EQ(attnum_text(attnums), "1 12 3");
    EXPECT_EQ(attnums_of("1 12 3"), attnums);
    EXPECT_TRUE(attnums_of("").empty());
    EXPECT_EQ(attnums_of("2 x"), std::vector<std::int16_t>{2});
}

TEST(own_tables, a_saved_relation_replaces_what_was_there) {
    relation r;
    r.id = 16384;
    r.columns.push_back({.name = "a",
                         .type = {.id = 23},
                         .attnum = 1,
                         .default_sql = {},
                         .collation = {},
                         .comment = {}});
    std::vector<own_change> changes;
    save_relation(r, changes);
    ASSERT_GT(changes.size(), 2U);
    EXPECT_TRUE(changes.front().sql.starts_with("DELETE FROM historyd_"));
    EXPECT_TRUE(changes.back().sql.starts_with("INSERT INTO historyd_column"));
    // NULL for no default, not an empty one.
    EXPECT_TRUE(is_null(changes.back().parameters.at(8)));
}

TEST(own_tables, another_programs_numbering_is_not_stored) {
    sequence s;
    s.foreign_made = true;
    std::vector<own_change> changes;
    save_sequence(s, changes);
    EXPECT_TRUE(changes.empty());
}

}  // namespace
}  // namespace historyd::schema
