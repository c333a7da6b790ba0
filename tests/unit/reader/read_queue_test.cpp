#include "storage/reader/read_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace historyd::reader {
namespace {

read_job job(std::size_t rows) {
    open_job made;
    made.limits.rows = rows;
    return made;
}
std::size_t rows_of(const std::optional<read_job>& j) { return std::get<open_job>(*j).limits.rows; }

TEST(ReadQueue, OwnLineGoesFirst) {
    read_queue queue(2, 10);
    auto shared = job(1), own = job(2);
    ASSERT_TRUE(queue.push(shared));
    ASSERT_TRUE(queue.push(own, 0));
    EXPECT_EQ(rows_of(queue.pop(0)), 2u);
    EXPECT_EQ(rows_of(queue.pop(0)), 1u);
}

TEST(ReadQueue, AnotherThreadsLineIsNotServed) {
    read_queue queue(2, 10);
    auto own = job(2);
    ASSERT_TRUE(queue.push(own, 1));
    queue.stop();
    EXPECT_FALSE(queue.pop(0));
    EXPECT_EQ(rows_of(queue.pop(1)), 2u);
}

TEST(ReadQueue, FullRefusesAllButClosing) {
    read_queue queue(1, 1);
    auto first = job(1), second = job(2);
    ASSERT_TRUE(queue.push(first));
    EXPECT_FALSE(queue.push(second));
    EXPECT_FALSE(queue.push(second, 0));
    EXPECT_EQ(rows_of(std::move(second)), 2u);  // untouched
    read_job closing = close_cursor_job{};
    EXPECT_TRUE(queue.push(closing, 0));
}

TEST(ReadQueue, StoppedServesWhatWaitsAndTakesNothing) {
    read_queue queue(1, 10);
    auto first = job(1), late = job(2);
    ASSERT_TRUE(queue.push(first));
    queue.stop();
    EXPECT_FALSE(queue.push(late));
    EXPECT_EQ(rows_of(queue.pop(0)), 1u);
    EXPECT_FALSE(queue.pop(0));
}

TEST(ReadQueue, WakesEverySleeperThatHasWork) {
    read_queue queue(3, 100);
    std::atomic<int> served{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            while (queue.pop(i)) ++served;
        });
    }
    for (std::size_t i = 0; i < 30; ++i) {
        auto shared = job(i), own = job(i);
        ASSERT_TRUE(queue.push(shared));
        ASSERT_TRUE(queue.push(own, i % 3));
    }
    queue.stop();
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(served, 60);
}

}  // namespace
}  // namespace historyd::reader
