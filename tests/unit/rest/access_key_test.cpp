#include "proxy/rest/access_key.hpp"

#include <gtest/gtest.h>

namespace historyd::rest {
namespace {

TEST(access_key, either_header_will_do) {
    const access_key key("KEY.abc");
    EXPECT_TRUE(key.check("KEY.abc", ""));
    EXPECT_TRUE(key.check("", "Bearer KEY.abc"));
    EXPECT_TRUE(key.check("", "bearer  KEY.abc"));
    EXPECT_TRUE(key.check("KEY.abc", "Bearer a-users-token"));
    EXPECT_TRUE(key.check("other", "Bearer KEY.abc"));
}

TEST(access_key, without_and_with_another) {
    const access_key key("KEY.abc");
    for (const std::string_view none : {"", "Bearer ", "Basic KEY.abc", "KEY.abc"}) {
        EXPECT_EQ(key.check("", none).error().sqlstate, "PGRST302") << none;
    }
    for (const std::string_view wrong : {"KEY.ab", "KEY.abcd", "key.abc", "KEY.abc "}) {
        EXPECT_EQ(key.check(wrong, "").error().sqlstate, "PGRST301") << wrong;
    }
}

}  // namespace
}  // namespace historyd::rest
