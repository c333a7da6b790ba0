#include "storage/base/sql_error.hpp"

#include <gtest/gtest.h>

namespace historyd {
namespace {

TEST(sql_error, setters_chain) {
    const auto error = sql_error(sqlstate::unique_violation, "twice")
                           .with_detail("d")
                           .with_hint("h")
                           .with_position(7)
                           .with_severity(severity::fatal);
    EXPECT_EQ(error.sqlstate, "23505");
    EXPECT_EQ(error.message, "twice");
    EXPECT_EQ(error.detail, "d");
    EXPECT_EQ(error.hint, "h");
    EXPECT_EQ(error.position, 7);
    EXPECT_EQ(to_string(error.severity), "FATAL");
}

TEST(sql_error, unsupported_always_has_a_hint) {
    EXPECT_EQ(unsupported("this").sqlstate, "0A000");
    EXPECT_FALSE(unsupported("this").hint.empty());
    EXPECT_EQ(unsupported("this", "do that").hint, "do that");
}

TEST(sql_error, the_value_of_an_error_is_a_bug) {
    const result<int> failed = sql_error(sqlstate::disk_full, "full");
    EXPECT_THROW((void)failed.value(), std::logic_error);
}

}  // namespace
}  // namespace historyd
