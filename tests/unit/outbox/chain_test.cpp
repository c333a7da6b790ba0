#include "storage/outbox/chain.hpp"

#include <gtest/gtest.h>

#include <set>

namespace historyd::outbox {
namespace {

TEST(chain, every_field_counts) {
    chain c;
    const chain_link link{
        .seq = 1, .txid = 1, .op = "insert", .table = "public.t", .key = "k", .row = "r"};
    std::set<chain_hash> seen{c.next({}, link)};
    const auto differs = [&](const chain_link& other, const chain_hash& before = {}) {
        return seen.insert(c.next(before, other)).second;
    };
    EXPECT_FALSE(differs(link));
    auto other = link;
    other.seq = 2;
    EXPECT_TRUE(differs(other));
    other = link;
    other.txid = 2;
    EXPECT_TRUE(differs(other));
    other = link;
    other.op = "put";
    EXPECT_TRUE(differs(other));
    other = link;
    other.key = "kr";
    other.row = "";
    EXPECT_TRUE(differs(other));  // fields do not run into each other
    other.has_row = false;
    EXPECT_TRUE(differs(other));
    EXPECT_TRUE(differs(link, {1}));
}

}  // namespace
}  // namespace historyd::outbox
