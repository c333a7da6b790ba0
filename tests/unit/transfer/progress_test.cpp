#include "storage/transfer/progress.hpp"

#include <gtest/gtest.h>

namespace historyd::transfer {
namespace {

using std::chrono::duration;

TEST(Progress, GroupsDigits) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(1234567), "1,234,567");
}

TEST(Progress, SaysRateAndTimeLeft) {
    EXPECT_EQ(progress_line("moving", 0.25, 250'000, duration<double>(10), false),
              "moving     25%  250,000 rows  25,000/s  0:30 left");
    EXPECT_EQ(progress_line("moving", 0.5, 500, duration<double>(100), true),
              "moving    [###############               ]  50%  500 rows  5/s  1:40 left");
}

TEST(Progress, TheEndSaysHowLongItTook) {
    EXPECT_EQ(progress_line("comparing", 1, 10, duration<double>(3725), false),
              "comparing 100%  10 rows  0/s  took 1:02:05");
}

TEST(Progress, NothingIsDividedByNothing) {
    EXPECT_EQ(progress_line("moving", 0, 0, duration<double>(0), false), "moving      0%  0 rows");
}

}  // namespace
}  // namespace historyd::transfer
