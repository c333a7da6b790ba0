#include "proxy/auth/failure_limit.hpp"

#include <gtest/gtest.h>

namespace historyd::auth {

namespace {

using namespace std::chrono_literals;

constexpr failure_limits three_a_minute{.per_address_max = 3, .window = 60s};
const failure_limit::time_point start{};

TEST(failure_limit, counts_by_address_and_forgets) {
    failure_limit limit;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(limit.exceeded("a", three_a_minute, start));
        limit.failed("a", three_a_minute, start + i * 10s);
    }
    EXPECT_TRUE(limit.exceeded("a", three_a_minute, start + 59s));
    EXPECT_FALSE(limit.exceeded("b", three_a_minute, start + 59s));
    EXPECT_FALSE(limit.exceeded("a", three_a_minute, start + 60s));  // the first is forgotten
    limit.failed("a", three_a_minute, start + 60s);
    EXPECT_TRUE(limit.exceeded("a", three_a_minute, start + 60s));
    EXPECT_FALSE(limit.exceeded("a", three_a_minute, start + 200s));
}

TEST(failure_limit, zero_is_no_limit) {
    failure_limit limit;
    const failure_limits none{.per_address_max = 0};
    for (int i = 0; i < 100; ++i) limit.failed("a", none, start);
    EXPECT_FALSE(limit.exceeded("a", none, start));
}

TEST(failure_limit, many_addresses_do_not_fill_the_memory) {
    failure_limit limit;
    const failure_limits one{.per_address_max = 1, .window = 60s};
    for (int i = 0; i < 10'000; ++i) limit.failed(std::to_string(i), one, start);
    limit.failed("late", one, start);
    EXPECT_FALSE(limit.exceeded("late", one, start));
    limit.failed("later", one, start + 60s);
    EXPECT_TRUE(limit.exceeded("later", one, start + 60s));
}

}  // namespace

}  // namespace historyd::auth
