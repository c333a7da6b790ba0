#include "storage/base/value_rows.hpp"

#include <gtest/gtest.h>

namespace historyd {
namespace {

TEST(value_rows, keeps_every_kind_of_value) {
    value_rows rows;
    const std::vector<value_view> row{std::monostate{}, std::int64_t{7}, 1.5, std::string_view("x"),
                                      blob_view{"\0y"}};
    ASSERT_TRUE(rows.add(row));
    ASSERT_EQ(rows.rows.size(), 1U);
    for (std::size_t i = 0; i < row.size(); ++i) EXPECT_EQ(rows.rows[0][i], to_value(row[i]));
}

TEST(value_rows, rewinds_to_a_mark) {
    value_rows rows;
    const std::vector<value_view> row{std::string_view("x")};
    ASSERT_TRUE(rows.add(row));
    const auto mark = rows.bytes();
    ASSERT_TRUE(rows.add(row));
    rows.rewind(mark);
    EXPECT_EQ(rows.rows.size(), 1U);
    EXPECT_EQ(rows.bytes(), mark);
}

TEST(value_rows, refuses_more_than_it_may_hold) {
    value_rows rows(100);
    const std::string large(200, 'x');
    const std::vector<value_view> row{std::string_view(large)};
    const auto added = rows.add(row);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().sqlstate, "54000");
}

}  // namespace
}  // namespace historyd
