#include "storage/reader/inline_reader.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "storage/base/value_rows.hpp"
#include "temporary_directory.hpp"

namespace historyd::reader {
namespace {

class InlineReader : public ::testing::Test {
protected:
    InlineReader() {
        writer_ = std::move(*sqlite::database::open(dir_.file("test.db"),
                                                    sqlite::open_mode::read_write_create, {}));
        EXPECT_TRUE(writer_->run(
            "PRAGMA journal_mode=WAL; CREATE TABLE t(i INTEGER PRIMARY KEY);"
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            " INSERT INTO t SELECT i FROM n"));
    }
    auto read_from(inline_reader& reader, std::string sql, fetch_limits limits = unlimited) {
        const read_request request{.sql = std::make_shared<const std::string>(std::move(sql)),
                                   .parameters = {},
                                   .context = context_,
                                   .brief = true};
        return reader.read(request, rows_, limits);
    }
    auto read(std::string sql, fetch_limits limits = unlimited) {
        return read_from(reader_, std::move(sql), limits);
    }

    temporary_directory dir_;
    const std::filesystem::path file_ = dir_.file("test.db");
    std::unique_ptr<sqlite::database> writer_;
    std::shared_ptr<sqlite::statement_context> context_ =
        std::make_shared<sqlite::statement_context>();
    inline_reader reader_{file_, {}, 1};
    value_rows rows_;
};

TEST_F(InlineReader, AnswersALookup) {
    const auto answered = read("SELECT i FROM t WHERE i = 7");
    ASSERT_TRUE(answered && *answered);
    EXPECT_TRUE((**answered).done);
    EXPECT_EQ((**answered).rows, 1u);
    EXPECT_EQ(rows_.rows.at(0).at(0), value(std::int64_t{7}));
}

TEST_F(InlineReader, SeesWhatWasCommittedMeanwhile) {
    ASSERT_TRUE(*read("SELECT i FROM t WHERE i = 0"));
    EXPECT_TRUE(rows_.rows.empty());
    ASSERT_TRUE(writer_->run("INSERT INTO t VALUES (0)"));
    ASSERT_TRUE(*read("SELECT i FROM t WHERE i = 0"));
    EXPECT_EQ(rows_.rows.size(), 1u);
}

TEST_F(InlineReader, ThreadsHaveConnectionsOfTheirOwn) {
    int opened = 0;
    const std::vector<sqlite::database::extension> counting{[&](sqlite::database&) {
        ++opened;
        return result<void>();
    }};
    inline_reader two(file_, counting, 2);
    for (const int expected : {1, 2}) {
        std::thread([&] {  // one after the other: neither is in the other's way
            EXPECT_TRUE(read_from(two, "SELECT 1"));
            EXPECT_TRUE(read_from(two, "SELECT 1"));
        })
            .join();
        EXPECT_EQ(opened, expected);
    }
}

TEST_F(InlineReader, ReadsASchemaOfAnyLength) {
    std::string tables = "BEGIN;";
    for (int i = 0; i < 1500; ++i) {
        tables += "CREATE TABLE u" + std::to_string(i) + "(a, b, c UNIQUE);";
    }
    ASSERT_TRUE(writer_->run(tables + "COMMIT"));
    const auto first = read("SELECT i FROM t WHERE i = 7");
    ASSERT_TRUE(first && *first);
    ASSERT_TRUE(writer_->run("CREATE TABLE v(a)"));
    const auto changed = read("SELECT i FROM t WHERE i = 7");
    EXPECT_TRUE(!changed || *changed);
    const auto known = read("SELECT i FROM t WHERE i = 7");
    EXPECT_TRUE(known && *known);
}

TEST_F(InlineReader, GivesUpWhatTakesLongAndLeavesNoRow) {
    EXPECT_FALSE(read("SELECT i FROM t"));
    EXPECT_FALSE(read("SELECT count(*) FROM t AS a, t AS b"));
    EXPECT_TRUE(rows_.rows.empty());
    EXPECT_TRUE(read("SELECT i FROM t WHERE i = 7")) << "each read has its own steps";
}

TEST_F(InlineReader, LeavesToThePoolWhatDoesNotEndWithinTheLimits) {
    EXPECT_FALSE(read("SELECT i FROM t WHERE i < 10", {.rows = 5, .bytes = SIZE_MAX}));
    EXPECT_FALSE(read("SELECT i FROM t WHERE i < 10", {.rows = 9, .bytes = SIZE_MAX}))
        << "nine of nine: that there are no more is not known";
    EXPECT_FALSE(read("SELECT i FROM t WHERE i < 10", {.rows = 0, .bytes = 1}));
    EXPECT_TRUE(rows_.rows.empty());
    EXPECT_TRUE(read("SELECT i FROM t WHERE i < 10", {.rows = 10, .bytes = SIZE_MAX}));
}

TEST_F(InlineReader, AStatementsErrorIsItsAnswer) {
    const auto answered = read("SELECT abs(-9223372036854775807 - 1)");
    ASSERT_TRUE(answered);
    EXPECT_FALSE(*answered);
    context_->cancelled->store(true);
    const auto cancelled = read("SELECT 1");
    ASSERT_TRUE(cancelled);
    EXPECT_EQ(cancelled->error().sqlstate, sqlstate::query_canceled);
}

}  // namespace
}  // namespace historyd::reader
