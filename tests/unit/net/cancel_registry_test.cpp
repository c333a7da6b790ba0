#include "proxy/net/cancel_registry.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace historyd::net {

namespace {

using armed = cancel_registry::registration::armed;

TEST(cancel_registry, ids_and_keys_are_their_own) {
    cancel_registry registry;
    std::vector<cancel_registry::registration> all;
    std::set<std::int32_t> ids;
    std::set<std::string> keys;
    for (int i = 0; i < 100; ++i) {
        all.push_back(*registry.enrol(32));
        EXPECT_GT(all.back().process_id(), 0);
        EXPECT_EQ(all.back().key().size(), 32u);
        EXPECT_TRUE(ids.insert(all.back().process_id()).second);
        EXPECT_TRUE(keys.insert(all.back().key()).second);
    }
    EXPECT_EQ(registry.size(), 100u);
    all.clear();
    EXPECT_EQ(registry.size(), 0u);
}

TEST(cancel_registry, only_the_right_key_cancels) {
    cancel_registry registry;
    auto place = *registry.enrol(4);
    int cancelled = 0;
    const armed on(place, [&] { ++cancelled; });
    EXPECT_FALSE(registry.cancel(place.process_id() + 1, place.key()));
    EXPECT_FALSE(registry.cancel(place.process_id(), place.key() + "x"));
    EXPECT_FALSE(registry.cancel(place.process_id(), place.key().substr(0, 3)));
    EXPECT_FALSE(registry.cancel(place.process_id(), ""));
    auto other = place.key();
    other[3] = static_cast<char>(other[3] ^ 1);
    EXPECT_FALSE(registry.cancel(place.process_id(), other));
    EXPECT_EQ(cancelled, 0);
    EXPECT_TRUE(registry.cancel(place.process_id(), place.key()));
    EXPECT_EQ(cancelled, 1);
}

TEST(cancel_registry, disarmed_is_never_called) {
    cancel_registry registry;
    auto place = *registry.enrol(4);
    EXPECT_TRUE(registry.cancel(place.process_id(), place.key()));
    int cancelled = 0;
    {
        const armed on(place, [&] { ++cancelled; });
    }
    EXPECT_TRUE(registry.cancel(place.process_id(), place.key()));
    registry.cancel_all();
    EXPECT_EQ(cancelled, 0);
}

TEST(cancel_registry, cancel_all) {
    cancel_registry registry;
    auto a = *registry.enrol(4), b = *registry.enrol(32);
    int cancelled = 0;
    const armed on_a(a, [&] { cancelled += 1; }), on_b(b, [&] { cancelled += 10; });
    registry.cancel_all();
    EXPECT_EQ(cancelled, 11);
}

// A session may end while its cancel request is on another thread.
TEST(cancel_registry, sessions_may_end_while_being_cancelled) {
    cancel_registry registry;
    std::atomic<bool> stop = false;
    std::atomic<std::int32_t> id = 0;
    std::thread canceller([&] {
        while (!stop) {
            registry.cancel(id, "wrong");
            registry.cancel_all();
        }
    });
    for (int i = 0; i < 2000; ++i) {
        auto place = *registry.enrol(4);
        id = place.process_id();
        bool alive = true;
        const armed on(place, [&] { EXPECT_TRUE(alive); });
    }
    stop = true;
    canceller.join();
    EXPECT_EQ(registry.size(), 0u);
}

}  // namespace

}  // namespace historyd::net
