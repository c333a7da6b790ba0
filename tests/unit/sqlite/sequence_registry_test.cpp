#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "storage/sqlite/statement_context.hpp"

namespace historyd::sqlite {
namespace {

constexpr schema::oid id = 16400;

struct shape {
    std::int64_t start = 1, increment = 1, min = 1, max = INT64_MAX;
    bool cycle = false;
};

schema::schema schema_of(shape of) {
    schema::schema out;
    schema::sequence s;
    s.id = id;
    s.name = "s";
    s.start = of.start;
    s.increment = of.increment;
    s.min = of.min;
    s.max = of.max;
    s.cycle = of.cycle;
    out.sequences.push_back(s);
    out.index_names();
    return out;
}

TEST(SequenceRegistry, StartsAtStart) {
    sequence_registry registry;
    registry.refresh(schema_of({.start = 5}), {});
    EXPECT_EQ(*registry.next(id), 5);
    EXPECT_EQ(*registry.next(id), 6);
    EXPECT_EQ(*registry.position(id), std::pair(std::int64_t{6}, true));
}

TEST(SequenceRegistry, GoesOnFromTheStoredPosition) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {{id, {41, true}}});
    EXPECT_EQ(*registry.next(id), 42);
    sequence_registry uncalled;
    uncalled.refresh(schema_of({}), {{id, {41, false}}});
    EXPECT_EQ(*uncalled.next(id), 41);
}

TEST(SequenceRegistry, PastTheMaximumIs2200H) {
    sequence_registry registry;
    registry.refresh(schema_of({.max = 2}), {});
    EXPECT_TRUE(registry.next(id));
    EXPECT_TRUE(registry.next(id));
    const auto end = registry.next(id);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().sqlstate, "2200H");
    EXPECT_EQ(end.error().message, "nextval: reached maximum value of sequence \"s\" (2)");
}

TEST(SequenceRegistry, TheLargestIntegerDoesNotOverflow) {
    sequence_registry registry;
    registry.refresh(schema_of({.increment = 10}), {{id, {INT64_MAX - 3, true}}});
    EXPECT_EQ(registry.next(id).error().sqlstate, "2200H");
}

TEST(SequenceRegistry, CyclesAndDescends) {
    sequence_registry registry;
    registry.refresh(schema_of({.max = 2, .cycle = true}), {{id, {2, true}}});
    EXPECT_EQ(*registry.next(id), 1);
    sequence_registry down;
    down.refresh(schema_of({.start = -1, .increment = -1, .min = -2, .max = -1}), {});
    EXPECT_EQ(*down.next(id), -1);
    EXPECT_EQ(*down.next(id), -2);
    EXPECT_EQ(down.next(id).error().message,
              "nextval: reached minimum value of sequence \"s\" (-2)");
}

TEST(SequenceRegistry, SetvalChecksTheBounds) {
    sequence_registry registry;
    registry.refresh(schema_of({.max = 100}), {});
    const auto bad = registry.set(id, 0, true);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().sqlstate, sqlstate::numeric_value_out_of_range);
    EXPECT_EQ(bad.error().message, "setval: value 0 is out of bounds for sequence \"s\" (1..100)");
    ASSERT_TRUE(registry.set(id, 7, false));
    EXPECT_EQ(*registry.next(id), 7);
}

TEST(SequenceRegistry, RefreshKeepsWhatWasHandedOut) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {});
    registry.next(id);
    registry.next(id);
    registry.refresh(schema_of({.increment = 5}), {{id, {1, true}}});
    EXPECT_EQ(*registry.next(id), 7);
}

TEST(SequenceRegistry, RefreshTakesWhatDdlStored) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {{id, {90, true}}});
    registry.refresh(schema_of({}), {});  // RESTART IDENTITY removed the position
    EXPECT_EQ(*registry.next(id), 1);
}

TEST(SequenceRegistry, DirtyPositionsAreTakenOnceAndCanBePutBack) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {});
    registry.next(id);
    const auto taken = registry.take_dirty();
    EXPECT_EQ(taken, (std::vector<sequence_position>{{id, 1, true}}));
    EXPECT_TRUE(registry.take_dirty().empty());
    registry.refresh(schema_of({}), {});  // as if the transaction that stored it rolled back
    registry.put_back(taken);
    EXPECT_EQ(registry.take_dirty(), taken);
    EXPECT_EQ(*registry.next(id), 2);
}

TEST(SequenceRegistry, PuttingBackDoesNotUndoLaterValues) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {});
    registry.next(id);
    const auto taken = registry.take_dirty();
    registry.next(id);
    registry.put_back(taken);
    EXPECT_EQ(*registry.next(id), 3);
}

TEST(SequenceRegistry, DroppedSequencesStayUntilForgotten) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {});
    schema::schema empty;
    empty.index_names();
    registry.refresh(empty, {});
    EXPECT_TRUE(registry.next(id));
    registry.forget_dropped(empty);
    EXPECT_EQ(registry.next(id).error().sqlstate, sqlstate::undefined_object);
}

TEST(SequenceRegistry, RaiseNeverLowers) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {});
    registry.raise(id, 10);
    registry.raise(id, 4);
    EXPECT_EQ(*registry.next(id), 11);
}

TEST(SequenceRegistry, ThreadsNeverShareAValue) {
    sequence_registry registry;
    registry.refresh(schema_of({}), {});
    constexpr int each = 1000;
    std::vector<std::int64_t> a, b;
    const auto draw = [&](std::vector<std::int64_t>& out) {
        for (int i = 0; i < each; ++i) out.push_back(*registry.next(id));
    };
    std::thread other([&] { draw(b); });
    draw(a);
    other.join();
    a.insert(a.end(), b.begin(), b.end());
    std::sort(a.begin(), a.end());
    EXPECT_EQ(std::unique(a.begin(), a.end()), a.end());
    EXPECT_EQ(a.back(), 2 * each);
}

}  // namespace
}  // namespace historyd::sqlite
