#include "storage/writer/write_queue.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace historyd::writer {
namespace {

using namespace std::chrono_literals;

constexpr batch_limits limits{
    .rows_max = 100, .bytes_max = 1 << 20, .time_max = std::chrono::seconds(1)};

write_job unit(std::size_t rows = 1) {
    unit_job made;
    made.size.rows = rows;
    made.unit.context = std::make_shared<sqlite::statement_context>();
    return made;
}

write_job acquire() {
    acquire_job made;
    made.context = std::make_shared<sqlite::statement_context>();
    return made;
}

TEST(WriteQueue, IsBoundedAndLeavesARefusedJobAlone) {
    write_queue queue(1);
    auto first = unit(), second = unit(7);
    EXPECT_EQ(queue.push(first), write_queue::admission::taken);
    EXPECT_EQ(queue.push(second), write_queue::admission::full);
    EXPECT_NE(context_of(second), nullptr);
}

TEST(WriteQueue, UnitsAreTakenUpToAnAcquire) {
    write_queue queue(10);
    for (auto job : {unit(), unit(), acquire(), unit()}) queue.push(job);
    EXPECT_FALSE(queue.take_acquire());
    EXPECT_EQ(queue.take_units({}, limits).size(), 2u);
    EXPECT_TRUE(queue.take_units({}, limits).empty());
    EXPECT_TRUE(queue.take_acquire());
    EXPECT_EQ(queue.take_units({}, limits).size(), 1u);
}

TEST(WriteQueue, InterruptedJobsLeaveTheLine) {
    write_queue queue(10);
    auto cancelled = unit(1), late = unit(2), patient = unit(3);
    context_of(cancelled)->cancelled->store(true);
    auto expired = std::make_shared<sqlite::statement_context>();
    expired->deadline = std::chrono::steady_clock::now();
    std::get<unit_job>(late).unit.context = expired;
    for (auto* job : {&cancelled, &late, &patient}) queue.push(*job);
    EXPECT_EQ(queue.take_interrupted().size(), 2u);
    const auto rest = queue.take_units({}, limits);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].size.rows, 3u);
}

TEST(WriteQueue, WhoDoesNotWaitIsToldOfALease) {
    write_queue queue(10);
    const auto at_once = [] {
        auto job = acquire();
        auto context = std::make_shared<sqlite::statement_context>();
        context->lock_deadline = sqlite::statement_context::no_wait;
        std::get<acquire_job>(job).context = context;
        return job;
    };
    auto some_unit = unit(), first = at_once(), second = at_once(), third = at_once(),
         fourth = at_once();
    queue.push(some_unit);
    EXPECT_EQ(queue.push(first), write_queue::admission::taken);
    EXPECT_EQ(queue.push(second), write_queue::admission::locked);
    EXPECT_EQ(queue.take_units({}, limits).size(), 1u);
    EXPECT_TRUE(queue.take_acquire());
    EXPECT_EQ(queue.push(third), write_queue::admission::locked);
    queue.lease_ended();
    EXPECT_EQ(queue.push(fourth), write_queue::admission::taken);
}

TEST(WriteQueue, LocksAreWaitedForUntilTheirDeadline) {
    write_queue queue(10);
    auto late = unit(1), patient = unit(2);
    auto expired = std::make_shared<sqlite::statement_context>();
    expired->lock_deadline = std::chrono::steady_clock::now();
    std::get<unit_job>(late).unit.context = expired;
    queue.push(late);
    queue.push(patient);
    const auto left = queue.take_interrupted();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(reason_to_leave(left[0])->sqlstate, "55P03");
    EXPECT_EQ(queue.size(), 1u);
}

TEST(WriteQueue, ClosedServesWhatWaits) {
    write_queue queue(10);
    auto waiting = unit(), late = unit();
    queue.push(waiting);
    queue.close();
    EXPECT_EQ(queue.push(late), write_queue::admission::closed);
    EXPECT_TRUE(queue.wait(std::nullopt));
    EXPECT_EQ(queue.take_all().size(), 1u);
    EXPECT_FALSE(queue.wait(std::nullopt));
}

TEST(WriteQueue, WakesASleepingWriter) {
    write_queue queue(10);
    std::thread client([&] {
        auto job = unit();
        queue.push(job);
    });
    EXPECT_TRUE(queue.wait(std::nullopt));
    client.join();
}

TEST(WriteQueue, PatienceEnds) {
    write_queue queue(10);
    EXPECT_FALSE(queue.wait(std::chrono::milliseconds(1)));
}

TEST(WriteQueue, GatheringEndsWhenAllAreThereOrSomebodyWantsALease) {
    write_queue queue(10);
    std::thread clients([&] {
        for (auto job : {unit(), unit(), unit()}) queue.push(job);
    });
    EXPECT_TRUE(queue.gather({.units = 3, .time = 1h, .pause = 1h}));
    EXPECT_EQ(queue.size(), 3u);
    clients.join();
    std::thread other([&] {
        auto job = acquire();
        queue.push(job);
    });
    EXPECT_TRUE(queue.gather({.units = 100, .time = 1h, .pause = 1h}));
    other.join();
}

TEST(WriteQueue, GatheringEndsWhenNobodyComes) {
    write_queue queue(10);
    // Or it would take an hour.
    EXPECT_FALSE(queue.gather({.units = 100, .time = 1h, .pause = 1ms}));
    EXPECT_FALSE(queue.gather({.units = 100, .time = 1ms, .pause = 1h}));
    auto job = unit();
    queue.push(job);
    EXPECT_TRUE(queue.gather({.units = 100, .time = 1h, .pause = 1ms}));
    EXPECT_EQ(queue.size(), 1u);
}

}  // namespace
}  // namespace historyd::writer
