#include "storage/base/lingering.hpp"

#include <gtest/gtest.h>

namespace historyd {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Time passes when a thread offers its core.
struct still_core {
    static inline clock::time_point time{};
    static inline std::chrono::microseconds used_by_others{1};

    static clock::time_point now() { return time; }
    static void offer() { time += used_by_others; }
};
using still_lingering = lingering_on<still_core>;

// Found when it was asked for so many times, or never.
auto found_at(int tries) {
    return [tries, made = 0]() mutable { return ++made > tries; };
}
constexpr auto never = [] { return false; };

TEST(Lingering, LooksForLongWhileWhatIsWaitedForComesWithinIt) {
    lingering wait(50us, 600us);
    EXPECT_EQ(wait.limit(), 600us);
    wait.came_after(601us);
    EXPECT_EQ(wait.limit(), 50us);
    wait.came_after(600us);
    EXPECT_EQ(wait.limit(), 600us);
}

TEST(Lingering, LooksAsLongAsItsLimit) {
    still_lingering wait(50us, 600us);
    EXPECT_TRUE(wait.look(found_at(0)));
    EXPECT_TRUE(wait.look(found_at(600)));
    EXPECT_FALSE(wait.look(found_at(602)));
    wait.came_after(601us);
    EXPECT_TRUE(wait.look(found_at(50)));
    EXPECT_FALSE(wait.look(found_at(52)));
}

TEST(Lingering, MeasuresTheSleepToo) {
    still_lingering wait(50us, 600us);
    EXPECT_FALSE(wait.look(never));
    still_core::time += 1ms;
    wait.came();
    EXPECT_EQ(wait.limit(), 50us);
    EXPECT_TRUE(wait.look(found_at(0)));
    wait.came();
    EXPECT_EQ(wait.limit(), 600us);
}

TEST(Lingering, SleepsAtOnceWhenSomebodyHadUseForTheCore) {
    still_lingering wait(50us, 600us);
    still_core::used_by_others = 49us;
    EXPECT_TRUE(wait.look(found_at(10)));
    still_core::used_by_others = 50us;
    EXPECT_TRUE(wait.look(found_at(1)));
    EXPECT_FALSE(wait.look(found_at(2)));
    still_core::used_by_others = 1us;
}

TEST(Lingering, TwoAtATimeLookForLong) {
    still_lingering first(1us, 600us), second(1us, 600us), third(1us, 600us);
    bool second_found = false, third_found = false;
    const auto with = [](auto inner) {
        return [=, made = 0]() mutable {
            if (made == 1) inner();
            return ++made > 2;
        };
    };
    first.look(with([&] {
        second_found = second.look(found_at(200));
        second.look(with([&] { third_found = third.look(found_at(200)); }));
    }));
    EXPECT_TRUE(second_found);
    EXPECT_FALSE(third_found);
    EXPECT_TRUE(third.look(found_at(200)));
}

}  // namespace
}  // namespace historyd
