#include "storage/outbox/progress.hpp"

#include <gtest/gtest.h>

#include "coroutine_runner.hpp"

namespace historyd::outbox {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds long_enough{60'000};

struct Progress : ::testing::Test {
    // Returns when what was started waits.
    std::future<bool> wait(std::int64_t seq, milliseconds timeout = long_enough) {
        return wait(seq, timeout, nobody);
    }
    std::future<bool> wait(std::int64_t seq, milliseconds timeout,
                           const std::atomic<bool>& cancelled) {
        auto waiting = io.start(p.wait_applied(seq, timeout, cancelled));
        io.run([]() -> asio::awaitable<void> { co_return; }());
        return waiting;
    }
    coroutine_runner io;
    progress p;
    std::atomic<bool> nobody{false};
};

TEST_F(Progress, WaitersWakeInTheirTurn) {
    auto first = wait(1), third = wait(3);
    p.applied(2);
    EXPECT_TRUE(first.get());
    EXPECT_EQ(third.wait_for(milliseconds(0)), std::future_status::timeout);
    p.applied(3);
    EXPECT_TRUE(third.get());
    EXPECT_TRUE(wait(3).get());
}

TEST_F(Progress, AWaitEnds) {
    EXPECT_FALSE(wait(1, milliseconds(1)).get());
    std::atomic<bool> me{false};
    auto mine = wait(1, long_enough, me), theirs = wait(1);
    me.store(true);
    p.interrupt(me);
    EXPECT_FALSE(wait(1, long_enough, me).get());
    EXPECT_FALSE(mine.get());
    p.stop();
    EXPECT_FALSE(theirs.get());
    EXPECT_FALSE(wait(1).get());
}

TEST_F(Progress, TheCallbackComesForWhatIsThereAlready) {
    int calls = 0;
    p.set_depth({.head_seq = 2, .acked_seq = 1});
    p.on_change([&](bool) { ++calls; });
    EXPECT_EQ(calls, 1);
    p.set_depth({.head_seq = 2, .acked_seq = 2});
    p.notify();
    EXPECT_EQ(calls, 1);
}

TEST_F(Progress, WaitingIsToldToo) {
    int told = 0;
    p.on_change([&](bool awaited) { told += awaited ? 1 : 0; });
    EXPECT_FALSE(p.is_awaited());
    auto waiting = wait(1);
    EXPECT_EQ(told, 1);
    EXPECT_TRUE(p.is_awaited());
    p.applied(1);
    EXPECT_TRUE(waiting.get());
    EXPECT_FALSE(p.is_awaited());
    EXPECT_TRUE(wait(1).get());
    EXPECT_EQ(told, 1) << "nobody has to wait for what is there";
}

TEST_F(Progress, ARefusalIsTakenBack) {
    EXPECT_FALSE(p.refusal());
    p.set_refusal(sql_error(sqlstate::configuration_limit_exceeded, "full"));
    EXPECT_EQ(p.refusal()->sqlstate, sqlstate::configuration_limit_exceeded);
    p.set_refusal(std::nullopt);
    EXPECT_FALSE(p.refusal());
}

}  // namespace
}  // namespace historyd::outbox
