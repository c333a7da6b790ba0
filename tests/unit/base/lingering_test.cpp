#include "storage/base/lingering.hpp"

#include <gtest/gtest.h>

namespace historyd {
namespace {

TEST(LingerSpan, IsLongWhileWhatIsWaitedForComesWithinIt) {
    using std::chrono::microseconds;
    linger_span span(microseconds(50), microseconds(600));
    EXPECT_EQ(span.now(), microseconds(600));
    span.came_after(microseconds(601));
    EXPECT_EQ(span.now(), microseconds(50));
    span.came_after(microseconds(600));
    EXPECT_EQ(span.now(), microseconds(600));
}

TEST(Lingering, MeasuresFromOneStartToTheNext) {
    lingering more;
    more.start();
    const auto before = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - before < std::chrono::milliseconds(2)) continue;
    EXPECT_GE(more.start(), std::chrono::milliseconds(2));
}

}  // namespace
}  // namespace historyd
