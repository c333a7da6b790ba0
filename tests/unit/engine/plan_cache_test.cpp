#include "storage/plan_cache.hpp"

#include <gtest/gtest.h>

namespace historyd::sql {
namespace {

plan_ptr plan_of(std::uint64_t epoch) {
    auto p = std::make_shared<plan>();
    p->schema_epoch = epoch;
    return p;
}

TEST(plan_cache, finds_what_was_added_for_its_epoch_only) {
    plan_cache cache(10, 1 << 20);
    const auto p = plan_of(3);
    cache.add_plan("select 1", p);
    EXPECT_EQ(cache.find_plan("select 1", 3), p);
    EXPECT_EQ(cache.find_plan("select 1", 4), nullptr);
    EXPECT_EQ(cache.find_plan("select 2", 3), nullptr);
}

TEST(plan_cache, a_newer_plan_replaces_the_older) {
    plan_cache cache(10, 1 << 20);
    cache.add_plan("q", plan_of(1));
    const auto newer = plan_of(2);
    cache.add_plan("q", newer);
    EXPECT_EQ(cache.find_plan("q", 2), newer);
    EXPECT_EQ(cache.find_plan("q", 1), nullptr);
}

TEST(plan_cache, queries_and_plans_of_one_text_are_apart) {
    plan_cache cache(10, 1 << 20);
    const auto query = std::make_shared<std::vector<parsed_statement>>();
    cache.add_query("q", query);
    EXPECT_EQ(cache.find_query("q"), query);
    EXPECT_EQ(cache.find_plan("q", 0), nullptr);
}

TEST(plan_cache, the_least_recently_used_entry_goes_first) {
    plan_cache cache(2, 1 << 20);
    cache.add_plan("a", plan_of(1));
    cache.add_plan("b", plan_of(1));
    EXPECT_NE(cache.find_plan("a", 1), nullptr);
    cache.add_plan("c", plan_of(1));
    EXPECT_NE(cache.find_plan("a", 1), nullptr);
    EXPECT_EQ(cache.find_plan("b", 1), nullptr);
    EXPECT_NE(cache.find_plan("c", 1), nullptr);
}

TEST(plan_cache, bytes_are_bounded_and_the_newest_stays) {
    plan_cache cache(100, 4096);
    cache.add_plan("small", plan_of(1));
    const std::string large(10'000, 'x');
    cache.add_plan(large, plan_of(1));
    EXPECT_EQ(cache.find_plan("small", 1), nullptr);
    EXPECT_NE(cache.find_plan(large, 1), nullptr);
}

}  // namespace
}  // namespace historyd::sql
