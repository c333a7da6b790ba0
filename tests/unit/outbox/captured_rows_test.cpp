#include "storage/outbox/captured_rows.hpp"

#include <gtest/gtest.h>

#include <random>

namespace historyd::outbox {
namespace {

// The same rows in plain memory.
struct model_row {
    change_op op{};
    std::string table, key, row;
    bool has_row = false;
    bool operator==(const model_row&) const = default;
};

std::vector<model_row> all_of(captured_rows& rows) {
    std::vector<model_row> out;
    auto done = rows.visit([&](const captured_row& r) -> result<void> {
        out.push_back(
            {r.op, std::string(r.table), std::string(r.key), std::string(r.row), r.has_row});
        return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
}

TEST(captured_rows, reads_as_a_list_whatever_is_in_the_file) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        std::mt19937_64 random(seed);
        captured_rows rows(random() % 3000);
        std::vector<model_row> model;
        std::vector<std::pair<std::uint64_t, std::size_t>> marks;  // and how many rows there were
        for (int step = 0; step < 400; ++step) {
            const auto what = random() % 20;
            if (what == 0 && !marks.empty()) {
                const auto [mark, count] = marks[random() % marks.size()];
                rows.go_back(mark);
                model.resize(std::min(model.size(), count));
                std::erase_if(marks, [&](const auto& m) { return m.second > model.size(); });
            } else if (what == 1) {
                marks.emplace_back(rows.mark(), model.size());
            } else if (what == 2) {
                ASSERT_EQ(all_of(rows), model) << "seed " << seed;
            } else {
                const auto text = [&] {
                    return std::string(random() % 200, random() % 2 == 0 ? 'a' : 'b');
                };
                model_row r{random() % 2 == 0 ? change_op::insert : change_op::remove, text(),
                            text(), text(), random() % 2 == 0};
                if (!r.has_row) r.row.clear();
                const captured_row added{
                    .op = r.op, .table = r.table, .key = r.key, .row = r.row, .has_row = r.has_row};
                ASSERT_TRUE(rows.add(added));
                model.push_back(std::move(r));
            }
        }
        ASSERT_EQ(all_of(rows), model) << "seed " << seed;
        rows.go_back(0);
        EXPECT_TRUE(rows.is_empty());
        EXPECT_TRUE(all_of(rows).empty());
    }
}

TEST(captured_rows, a_mark_beyond_the_end_changes_nothing) {
    captured_rows rows;
    ASSERT_TRUE(rows.add({.op = change_op::remove, .table = "t", .key = "k", .row = {}}));
    const auto mark = rows.mark();
    rows.go_back(0);
    rows.go_back(mark);
    EXPECT_TRUE(rows.is_empty());
}

TEST(captured_rows, a_visitor_can_end_it) {
    captured_rows rows;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(rows.add({.op = change_op::remove, .table = "t", .key = "k", .row = {}}));
    }
    int seen = 0;
    const auto done = rows.visit([&](const captured_row&) -> result<void> {
        if (++seen == 2) return sql_error(sqlstate::disk_full, "no more");
        return {};
    });
    EXPECT_FALSE(done);
    EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace historyd::outbox
