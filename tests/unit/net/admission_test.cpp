#include "proxy/net/admission.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace historyd::net {

namespace {

TEST(admission, sessions_up_to_the_limit) {
    admission places({.sessions_max = 2, .sessions_per_address_max = 9, .startups_max = 9});
    auto first = places.session("10.0.0.1");
    auto second = places.session("");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(places.sessions(), 2u);
    const auto third = places.session("10.0.0.2");
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().sqlstate, "53300");
    EXPECT_EQ(third.error().severity, severity::fatal);
    EXPECT_EQ(third.error().message, "sorry, too many clients already");
    { const auto left = std::move(*first); }
    EXPECT_EQ(places.sessions(), 1u);
    EXPECT_TRUE(places.session("10.0.0.2"));
}

TEST(admission, sessions_of_one_address) {
    admission places({.sessions_max = 9, .sessions_per_address_max = 1, .startups_max = 9});
    const auto tcp = places.session("10.0.0.1");
    const auto local = places.session("");
    ASSERT_TRUE(tcp && local);
    EXPECT_EQ(places.session("10.0.0.1").error().message,
              "too many connections from address \"10.0.0.1\"");
    EXPECT_EQ(places.session("").error().message, "too many connections from address \"[local]\"");
    EXPECT_TRUE(places.session("10.0.0.2"));
}

TEST(admission, startups_do_not_count_as_sessions) {
    admission places({.sessions_max = 1, .sessions_per_address_max = 1, .startups_max = 1});
    auto startup = places.start_up();
    ASSERT_TRUE(startup);
    EXPECT_EQ(places.start_up().error().sqlstate, "53300");
    EXPECT_TRUE(places.session("a"));
    EXPECT_EQ(places.sessions(), 0u);
    { const auto left = std::move(*startup); }
    EXPECT_TRUE(places.start_up());
}

}  // namespace

}  // namespace historyd::net
