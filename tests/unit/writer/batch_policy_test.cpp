#include "storage/writer/batch_policy.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace historyd::writer {
namespace {

using std::chrono::microseconds;
using namespace std::chrono_literals;

constexpr batch_limits limits{.rows_max = 10, .bytes_max = 1000, .time_max = microseconds(500)};

std::vector<unit_size> units(std::size_t n, unit_size each) { return {n, each}; }

TEST(BatchPolicy, TakesAllThatFits) {
    EXPECT_EQ(units_to_take({}, units(3, {1, 10}), limits), 3u);
    EXPECT_EQ(units_to_take({}, units(0, {}), limits), 0u);
}

TEST(BatchPolicy, StopsAtTheRowCap) {
    EXPECT_EQ(units_to_take({}, units(20, {1, 1}), limits), 10u);
    EXPECT_EQ(units_to_take({.units = 2, .size = {8, 2}}, units(20, {1, 1}), limits), 2u);
    EXPECT_EQ(units_to_take({.units = 2, .size = {10, 2}}, units(20, {1, 1}), limits), 0u);
}

TEST(BatchPolicy, StopsAtTheByteCap) {
    EXPECT_EQ(units_to_take({}, units(20, {0, 300}), limits), 3u);
}

TEST(BatchPolicy, StopsAtTheTimeCap) {
    EXPECT_EQ(
        units_to_take({.units = 1, .size = {}, .age = microseconds(499)}, units(2, {1, 1}), limits),
        2u);
    EXPECT_EQ(
        units_to_take({.units = 1, .size = {}, .age = microseconds(500)}, units(2, {1, 1}), limits),
        0u);
}

TEST(BatchPolicy, AnOversizedUnitGoesAlone) {
    EXPECT_EQ(units_to_take({}, units(2, {5000, 1 << 20}), limits), 1u);
    EXPECT_EQ(units_to_take({.units = 1, .size = {1, 1}}, units(2, {5000, 1}), limits), 0u);
    // Even when the batch is late: there is nothing else to do.
    EXPECT_EQ(units_to_take({.units = 0, .size = {}, .age = microseconds(9999)},
                            units(2, {5000, 1}), limits),
              1u);
}

TEST(BatchPolicy, NothingIsTakenOutOfTurn) {
    const std::vector<unit_size> queue{{5, 1}, {9, 1}, {1, 1}};
    EXPECT_EQ(units_to_take({}, queue, limits), 1u);
}

TEST(Gather, ALoneWriterNeverWaits) {
    EXPECT_EQ(gather({.last_batch_units = 1, .units = 1, .last_commit = 9000us}).time, 0us);
    EXPECT_EQ(gather({.last_batch_units = 0, .units = 1, .last_commit = 9000us}).time, 0us);
}

TEST(Gather, ThoseJustAnsweredAreWaitedForAFractionOfACommit) {
    const auto wait = gather({.last_batch_units = 32, .units = 1, .last_commit = 2000us});
    EXPECT_EQ(wait.units, 8u) << "woken a few times, not for each of them";
    EXPECT_EQ(wait.time, 1000us);
    EXPECT_EQ(wait.pause, 250us);
}

TEST(Gather, ThoseThatQueuedUpMeanwhileAreCompanyToo) {
    EXPECT_EQ(
        gather({.last_batch_units = 16, .queued_then = 16, .units = 16, .last_commit = 2000us})
            .units,
        4u);
    EXPECT_EQ(
        gather({.last_batch_units = 1, .queued_then = 1, .units = 1, .last_commit = 2000us}).units,
        1u);
}

TEST(Gather, NotAfterAQuickCommit) {
    EXPECT_EQ(gather({.last_batch_units = 32, .units = 1, .last_commit = 1000us}).time, 0us);
}

TEST(Gather, NotWhenAllAreThere) {
    EXPECT_EQ(gather({.last_batch_units = 32, .units = 32, .last_commit = 2000us}).time, 0us);
}

TEST(Gather, IsBounded) {
    EXPECT_EQ(gather({.last_batch_units = 32, .units = 1, .last_commit = 10'000'000us}).time,
              4000us);
}

}  // namespace
}  // namespace historyd::writer
