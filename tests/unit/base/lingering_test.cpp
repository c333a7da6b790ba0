#include "storage/base/lingering.hpp"

#include <gtest/gtest.h>

namespace historyd {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

TEST(Lingering, LooksForLongWhileWhatIsWaitedForComesWithinIt) {
    lingering wait(50us, 600us);
    EXPECT_EQ(wait.limit(), 600us);
    wait.came_after(601us);
    EXPECT_EQ(wait.limit(), 50us);
    wait.came_after(600us);
    EXPECT_EQ(wait.limit(), 600us);
}

TEST(Lingering, MeasuresTheSleepToo) {
    lingering wait(50us, 600us);
    const auto began = clock::now();
    EXPECT_FALSE(wait.look([] { return false; }));
    while (clock::now() - began < 2ms) continue;
    wait.came();
    EXPECT_EQ(wait.limit(), 50us);
    EXPECT_TRUE(wait.look([] { return true; }));
    wait.came();
    EXPECT_EQ(wait.limit(), 600us);
}

// Whatever else the machine does may end a look; that a hundred end so within 200 tries does not
// happen.
TEST(Lingering, TwoAtATimeLookForLong) {
    const auto found_at = [](int tries, auto inner) {
        return [=, made = 0]() mutable {
            if (made == 1) inner();
            return ++made > tries;
        };
    };
    const auto nothing = [] {};
    int found_by_second = 0, found_by_third = 0;
    for (int i = 0; i < 100; ++i) {
        lingering first(1us, 10s), second(1us, 10s), third(1us, 10s);
        first.look(found_at(2, [&] {
            found_by_second += second.look(found_at(200, nothing)) ? 1 : 0;
            second.look(
                found_at(2, [&] { found_by_third += third.look(found_at(200, nothing)) ? 1 : 0; }));
        }));
    }
    EXPECT_GT(found_by_second, 0);
    EXPECT_EQ(found_by_third, 0);
}

}  // namespace
}  // namespace historyd
