#include "storage/sqlite/page_cache_shim.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace historyd::sqlite {
namespace {

// SQLite gives a split's pages their numbers in order by exchanging them, by way of this one.
constexpr unsigned page_at_one_gib = (1u << 30) / 4096 + 1;

TEST(HighestPage, IsThatOfThePagesThere) {
    highest_page highest;
    EXPECT_FALSE(highest.may_reach(1));
    highest.added(7);
    highest.added(3);
    EXPECT_TRUE(highest.may_reach(7));
    EXPECT_FALSE(highest.may_reach(8));
    highest.removed_from(5);
    EXPECT_FALSE(highest.may_reach(5));
    EXPECT_TRUE(highest.may_reach(3));
}

TEST(HighestPage, TwoPagesExchangeTheirNumbers) {
    highest_page highest;
    highest.added(7);
    highest.added(8);
    highest.renumbered(7, page_at_one_gib);
    EXPECT_TRUE(highest.may_reach(page_at_one_gib));
    highest.renumbered(8, 7);
    highest.renumbered(page_at_one_gib, 8);
    EXPECT_TRUE(highest.may_reach(8));
    EXPECT_FALSE(highest.may_reach(9));
}

TEST(HighestPage, NeverMissesAPage) {
    std::mt19937 random(1);
    const auto any = [&](unsigned below) { return 1 + static_cast<unsigned>(random() % below); };
    for (int round = 0; round < 1000; ++round) {
        highest_page highest;
        std::set<unsigned> there;
        for (int i = 0; i < 100; ++i) {
            const unsigned number = any(30);
            switch (any(4)) {
                case 1:
                    highest.removed_from(number);
                    there.erase(there.lower_bound(number), there.end());
                    break;
                case 2:
                    if (there.empty()) break;
                    there.erase(*there.begin());
                    break;  // SQLite drops pages that it needs no more without a word
                case 3:
                    if (there.empty() || there.contains(number)) break;
                    highest.renumbered(*there.rbegin(), number);
                    there.erase(std::prev(there.end()));
                    there.insert(number);
                    break;
                default:
                    highest.added(number);
                    there.insert(number);
            }
            for (const auto page : there) ASSERT_TRUE(highest.may_reach(page)) << round;
        }
    }
}

}  // namespace
}  // namespace historyd::sqlite
