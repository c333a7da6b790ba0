#include "storage/base/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace historyd::metrics {

namespace {

TEST(Histogram, PutsEachValueUnderItsBound) {
    size_histogram h;
    for (const std::uint64_t v : {1u, 2u, 3u, 4u, 4096u, 4097u}) h.observe(v);
    const auto now = h.read();
    EXPECT_EQ(now.counts[0], 1u);  // 1
    EXPECT_EQ(now.counts[1], 1u);  // 2
    EXPECT_EQ(now.counts[2], 2u);  // 3 and 4
    EXPECT_EQ(now.counts[12], 1u);
    EXPECT_EQ(now.counts[13], 1u);  // beyond the last bound
    EXPECT_EQ(now.count, 6u);
    EXPECT_EQ(now.sum, 1u + 2 + 3 + 4 + 4096 + 4097);
}

TEST(Histogram, Quantile) {
    duration_histogram h;
    EXPECT_EQ(h.read().quantile(0.5), 0u);
    for (int i = 0; i < 99; ++i) h.observe(60);
    h.observe(2'000'000);
    EXPECT_EQ(h.read().quantile(0.5), 100u);
    EXPECT_EQ(h.read().quantile(0.99), 100u);
    EXPECT_EQ(h.read().quantile(1), 2'500'000u);
    h.observe(UINT32_MAX);
    EXPECT_EQ(h.read().quantile(1), 10'000'000u);
}

TEST(Metrics, NothingIsLostBetweenThreads) {
    counter c;
    size_histogram h;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 10'000; ++i) {
                    c.add();
                    h.observe(3);
                }
            });
        }
    }
    EXPECT_EQ(c.get(), 40'000u);
    EXPECT_EQ(h.read().counts[2], 40'000u);
}

}  // namespace

}  // namespace historyd::metrics
