#include "storage/outbox/read_ahead.hpp"

#include <gtest/gtest.h>

#include "outbox_fixture.hpp"

namespace historyd::writer {
namespace {

// Ten changes: the table, then nine rows.
class OutboxReadAhead : public OutboxTest {
protected:
    OutboxReadAhead() {
        make(table_t);
        insert(1, 9);
    }

    void insert(int first, int last) {
        for (int id = first; id <= last; ++id) {
            ASSERT_TRUE(run("INSERT INTO t VALUES (" + std::to_string(id) + ", 'a')"));
        }
    }
    // The numbers of what it has for a place in the journal.
    std::vector<std::int64_t> taken(std::int64_t after, outbox::read_limits limits) {
        std::vector<std::int64_t> out;
        if (auto part = ahead_.take(after, limits)) {
            for (const auto& c : part->changes) out.push_back(c.seq);
        }
        return out;
    }

    using numbers = std::vector<std::int64_t>;
    outbox::read_ahead ahead_{file()};
    const outbox::read_limits four_{.rows_max = 4};
};

TEST_F(OutboxReadAhead, GivesWhatWasAskedForOnce) {
    ahead_.start(2, four_);
    EXPECT_EQ(taken(2, four_), (numbers{3, 4, 5, 6}));
    EXPECT_EQ(taken(2, four_), numbers{});
    ahead_.start(6, {.rows_max = 3});
    EXPECT_EQ(taken(6, {.rows_max = 3}), (numbers{7, 8, 9}));
}

TEST_F(OutboxReadAhead, ForAnotherPlaceOrOtherLimitsItHasNothing) {
    ahead_.start(2, four_);
    EXPECT_EQ(taken(3, four_), numbers{});
    ahead_.start(2, four_);
    EXPECT_EQ(taken(2, {.rows_max = 3}), numbers{});
    ahead_.start(2, four_);
    ahead_.drop();
    EXPECT_EQ(taken(2, four_), numbers{});
}

// More may have come since, and fewer rows would be more transactions on the backend.
TEST_F(OutboxReadAhead, TheJournalsEndIsReadWhenItsTurnHasCome) {
    ahead_.start(7, four_);
    EXPECT_EQ(taken(7, four_), numbers{});
    ahead_.start(10, four_);
    EXPECT_EQ(taken(10, four_), numbers{});
    insert(10, 13);
    ahead_.start(7, four_);
    EXPECT_EQ(taken(7, four_), (numbers{8, 9, 10, 11}));
}

}  // namespace
}  // namespace historyd::writer
