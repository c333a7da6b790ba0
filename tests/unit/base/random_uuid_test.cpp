#include "storage/base/random_uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace historyd {
namespace {

TEST(random_uuid, is_a_canonical_version_4) {
    const auto id = random_uuid();
    ASSERT_EQ(id.size(), 36U);
    for (const auto dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(id[dash], '-');
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos);
}

TEST(random_uuid, does_not_repeat) {
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(random_uuid()).second);
}

}  // namespace
}  // namespace historyd
