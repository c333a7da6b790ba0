#include "storage/transfer/layout.hpp"

#include <gtest/gtest.h>

namespace historyd::transfer {
namespace {

using strings = std::vector<std::string>;
using fields = std::vector<std::optional<std::string>>;

record read(std::string_view table, const strings& columns, const std::vector<value_view>& row) {
    const auto found = layout_of(table, columns);
    EXPECT_TRUE(found);
    record out;
    assemble(*found, row, out);
    return out;
}

TEST(Layout, TheFirstVersionIsMappedToThePresentOne) {
    const auto r =
        read("history",
             {"id", "memory_id", "prev_value", "new_value", "event", "timestamp", "is_deleted"},
             {"i", "m", "old", "new", "update", "2024-07-15 09:30:00.25", std::int64_t{0}});
    EXPECT_EQ(r.fields, (fields{"i",
                                "m",
                                "old",
                                "new",
                                "update",
                                "2024-07-15T09:30:00.250000+00:00",
                                "2024-07-15T09:30:00.250000+00:00",
                                "0",
                                {},
                                {}}));
    EXPECT_EQ(r.defect, "");
}

TEST(Layout, TheSecondVersionHasItsTextInNewMemory) {
    const strings columns{"id",    "memory_id",  "old_memory", "new_memory", "new_value",
                          "event", "created_at", "updated_at", "is_deleted"};
    auto r = read("history", columns, {"i", "m", {}, "text", {}, "ADD", {}, {}, std::int64_t{1}});
    EXPECT_EQ(r.fields[3], "text");
    r = read("history", columns, {"i", "m", {}, {}, "migrated", "ADD", {}, {}, std::int64_t{1}});
    EXPECT_EQ(r.fields[3], "migrated");
}

TEST(Layout, WhatAMigrationLeftIsHistory) {
    for (const auto* name : {"history_old", "old_history"}) {
        const auto found = layout_of(name, {"id", "memory_id", "event"});
        ASSERT_TRUE(found);
        EXPECT_EQ(tables()[found->table].name, "history");
    }
}

TEST(Layout, OtherTablesAreNotMem0s) {
    EXPECT_FALSE(layout_of("users", {"id", "memory_id", "event"}));
    EXPECT_FALSE(layout_of("history", {"id", "url", "visited_at"}));
}

TEST(Layout, WithoutANameTheColumnsTell) {
    EXPECT_EQ(layout_of("", {"id", "session_scope", "role"})->table, 1u);
    EXPECT_EQ(layout_of("", {"id", "memory_id", "action"})->table, 2u);
    EXPECT_FALSE(layout_of("", {"a", "b"}));
}

TEST(Layout, NodesRowNumbersBecomeIdsOfTheirOwn) {
    const strings columns{"id", "memory_id", "previous_value", "new_value", "action"};
    const auto one = read("memory_history", columns, {std::int64_t{1}, "m", {}, "a", "ADD"});
    const auto again = read("memory_history", columns, {std::int64_t{1}, "m", {}, "a", "ADD"});
    const auto other_file = read("memory_history", columns, {std::int64_t{1}, "n", {}, "a", "ADD"});
    EXPECT_EQ(one.fields[0], again.fields[0]);
    EXPECT_NE(one.fields[0], other_file.fields[0]);
    EXPECT_EQ(one.fields[0]->size(), 36u);
    EXPECT_EQ((*one.fields[0])[14], '8');
    const auto named = read("memory_history", columns, {"a-b-c", "m", {}, "a", "ADD"});
    EXPECT_EQ(named.fields[0], "a-b-c");
}

}  // namespace
}  // namespace historyd::transfer
