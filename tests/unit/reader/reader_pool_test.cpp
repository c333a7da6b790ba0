#include "storage/reader/reader_pool.hpp"

#include <gtest/gtest.h>

#include "coroutine_runner.hpp"
#include "storage/base/value_rows.hpp"
#include "temporary_directory.hpp"

namespace historyd::reader {
namespace {

constexpr std::size_t any_size = SIZE_MAX;

class ReaderPool : public ::testing::Test {
protected:
    ReaderPool() {
        writer_ = std::move(*sqlite::database::open(dir_.file("test.db"),
                                                    sqlite::open_mode::read_write_create, {}));
        write("PRAGMA journal_mode=WAL");
        write("CREATE TABLE t(i INTEGER)");
        write(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
            "INSERT INTO t SELECT i FROM n");
    }

    void write(const std::string& sql) {
        auto done = writer_->run(sql);
        ASSERT_TRUE(done) << done.error().message;
    }
    reader_pool& pool(pool_options options = {.threads = 2}) {
        if (!pool_)
            pool_ = std::make_unique<reader_pool>(dir_.file("test.db"), extensions_, options);
        return *pool_;
    }
    read_request request(std::string sql) {
        return {.sql = std::make_shared<const std::string>(std::move(sql)),
                .parameters = {},
                .context = context_};
    }
    auto open(std::string sql, value_rows& rows,
              fetch_limits limits = {.rows = 0, .bytes = any_size}, const snapshot* in = nullptr) {
        return io_.run(pool().open(request(std::move(sql)), rows, limits, in));
    }
    std::int64_t count(const snapshot* in = nullptr) {
        value_rows rows;
        auto opened = open("SELECT count(*) FROM t", rows, {.rows = 0, .bytes = any_size}, in);
        EXPECT_TRUE(opened) << opened.error().message;
        return std::get<std::int64_t>(rows.rows.at(0).at(0));
    }

    temporary_directory dir_;
    std::unique_ptr<sqlite::database> writer_;
    std::vector<sqlite::database::extension> extensions_;
    std::shared_ptr<sqlite::statement_context> context_ =
        std::make_shared<sqlite::statement_context>();
    coroutine_runner io_;
    std::unique_ptr<reader_pool> pool_;
    const std::string endless_ =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
};

TEST_F(ReaderPool, ReadsToTheEnd) {
    value_rows rows;
    const auto opened = open("SELECT i FROM t ORDER BY i", rows);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->first.done);
    EXPECT_EQ(opened->first.rows, 100u);
    EXPECT_FALSE(opened->cursor);
    EXPECT_EQ(rows.rows.back()[0], value(std::int64_t{100}));
}

TEST_F(ReaderPool, ResumesOnTheCallersThread) {
    auto work = [&]() -> asio::awaitable<bool> {
        value_rows rows;
        (void)co_await pool().open(request("SELECT 1"), rows, {});
        co_return std::this_thread::get_id() == io_.thread();
    };
    EXPECT_TRUE(io_.run(work()));
}

TEST_F(ReaderPool, SeesTheNewestCommit) {
    EXPECT_EQ(count(), 100);
    write("INSERT INTO t VALUES (101)");
    EXPECT_EQ(count(), 101);
}

TEST_F(ReaderPool, APausedCursorKeepsItsRowsWhileWritesGoOn) {
    value_rows rows;
    auto opened = open("SELECT i FROM t ORDER BY i", rows, {.rows = 30, .bytes = any_size});
    ASSERT_TRUE(opened);
    ASSERT_TRUE(opened->cursor);
    EXPECT_EQ(opened->first.rows, 30u);
    write("DELETE FROM t");
    EXPECT_EQ(count(), 0);
    for (int i = 0; i < 2; ++i) {
        const auto more =
            io_.run(pool().fetch(opened->cursor, rows, {.rows = 30, .bytes = any_size}));
        ASSERT_TRUE(more);
        EXPECT_FALSE(more->done);
    }
    const auto last = io_.run(pool().fetch(opened->cursor, rows, {.rows = 30, .bytes = any_size}));
    EXPECT_TRUE(last->done);
    EXPECT_EQ(last->rows, 10u);
    EXPECT_EQ(rows.rows.size(), 100u);
    const auto after = io_.run(pool().fetch(opened->cursor, rows, {.rows = 30, .bytes = any_size}));
    EXPECT_TRUE(after->done);
    EXPECT_EQ(after->rows, 0u);
}

TEST_F(ReaderPool, AFullSinkPauses) {
    value_rows rows;
    const auto opened = open("SELECT i FROM t", rows, {.rows = 0, .bytes = 1});
    ASSERT_TRUE(opened->cursor);
    EXPECT_EQ(opened->first.rows, 1u);
}

TEST_F(ReaderPool, ASinksRefusalIsTheStatementsError) {
    value_rows small(1);
    EXPECT_EQ(open("SELECT i FROM t", small).error().sqlstate, sqlstate::program_limit_exceeded);
}

TEST_F(ReaderPool, ASnapshotStandsStillFromItsFirstRead) {
    auto snap = io_.run(pool().begin_snapshot());
    ASSERT_TRUE(snap);
    write("INSERT INTO t VALUES (101)");
    EXPECT_EQ(count(&*snap), 101);
    write("INSERT INTO t VALUES (102)");
    EXPECT_EQ(count(&*snap), 101);
    EXPECT_EQ(count(), 102);
}

TEST_F(ReaderPool, CursorsInASnapshotEndWithIt) {
    auto snap = io_.run(pool().begin_snapshot());
    ASSERT_TRUE(snap);
    value_rows rows;
    auto opened = open("SELECT i FROM t", rows, {.rows = 1, .bytes = any_size}, &*snap);
    ASSERT_TRUE(opened->cursor);
    *snap = {};
    const auto more = io_.run(pool().fetch(opened->cursor, rows, {.rows = 1, .bytes = any_size}));
    EXPECT_TRUE(more->done);
}

TEST_F(ReaderPool, OpenCursorsAreLimitedAndAFreedOneMakesRoom) {
    pool({.threads = 2, .connections_max = 2});
    value_rows rows;
    const fetch_limits one{.rows = 1, .bytes = any_size};
    auto first = open("SELECT i FROM t", rows, one);
    auto second = open("SELECT i FROM t", rows, one);
    ASSERT_TRUE(first->cursor);
    ASSERT_TRUE(second->cursor);
    EXPECT_EQ(open("SELECT i FROM t", rows, one).error().sqlstate, sqlstate::too_many_connections);
    EXPECT_EQ(io_.run(pool().begin_snapshot()).error().sqlstate, sqlstate::too_many_connections);
    EXPECT_EQ(count(), 100);  // a statement that ends at once needs no room
    (void)io_.run(pool().fetch(second->cursor, rows, {.rows = 0, .bytes = any_size}));
    const auto third = open("SELECT i FROM t", rows, one);
    EXPECT_TRUE(third) << third.error().message;
}

TEST_F(ReaderPool, CancelEndsTheStatement) {
    value_rows rows;
    auto running = io_.start(pool().open(request(endless_), rows, {}));
    context_->cancelled->store(true);
    EXPECT_EQ(running.get().error().sqlstate, sqlstate::query_canceled);
}

TEST_F(ReaderPool, DeadlineEndsTheStatement) {
    context_->deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    value_rows rows;
    const auto opened = open(endless_, rows);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, "canceling statement due to statement timeout");
}

TEST_F(ReaderPool, InterruptAllEndsWhatIsRunning) {
    // The statement tells that it runs: from then on there is something to interrupt.
    std::promise<void> started;
    static std::promise<void>* told = nullptr;
    told = &started;
    extensions_ = {[](sqlite::database& db) -> result<void> {
        sqlite3_create_function_v2(
            db.handle(), "tell", 1, SQLITE_UTF8, &db,
            [](sqlite3_context* c, int, sqlite3_value** v) {
                if (sqlite3_value_int64(v[0]) == 5) told->set_value();
                sqlite3_result_int(c, 1);
            },
            nullptr, nullptr, nullptr);
        return {};
    }};
    value_rows rows;
    auto running = io_.start(
        pool().open(request("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                            "SELECT count(*) FROM n WHERE tell(i)"),
                    rows, {}));
    started.get_future().wait();
    pool().interrupt_all();
    EXPECT_EQ(running.get().error().sqlstate, sqlstate::admin_shutdown);
}

TEST_F(ReaderPool, ErrorsAreTheStatementsOwn) {
    value_rows rows;
    const auto opened = open("SELECT missing FROM t", rows);
    ASSERT_FALSE(opened);
    EXPECT_TRUE(sqlite::is_schema_mismatch(opened.error()));
    EXPECT_EQ(count(), 100);
}

TEST_F(ReaderPool, HandlesMayOutliveThePool) {
    value_rows rows;
    auto opened = open("SELECT i FROM t", rows, {.rows = 1, .bytes = any_size});
    auto snap = io_.run(pool().begin_snapshot());
    ASSERT_TRUE(opened->cursor);
    pool_.reset();
    opened->cursor = {};
    *snap = {};
}

TEST_F(ReaderPool, ManyAtOnce) {
    pool({.threads = 4});
    std::vector<std::unique_ptr<value_rows>> sinks;
    std::vector<std::future<result<reader_pool::opened>>> running;
    for (int i = 0; i < 200; ++i) {
        sinks.push_back(std::make_unique<value_rows>());
        running.push_back(
            io_.start(pool().open(request("SELECT i FROM t"), *sinks.back(), {.bytes = any_size})));
    }
    for (auto& r : running) EXPECT_EQ(r.get()->first.rows, 100u);
}

TEST_F(ReaderPool, AFullQueueIsAnError) {
    pool({.threads = 1, .queue_max = 1});
    value_rows rows[3];
    auto running = io_.start(pool().open(request(endless_), rows[0], {}));
    std::vector<std::future<result<reader_pool::opened>>> waiting;
    for (int i = 1; i < 3; ++i) {
        waiting.push_back(io_.start(pool().open(request("SELECT 1"), rows[i], {})));
    }
    // One I/O thread has put all three in order; at most one is running and one is waiting.
    auto nothing = []() -> asio::awaitable<void> { co_return; };
    io_.run(nothing());
    context_->cancelled->store(true);
    running.get();
    int refused = 0;
    for (auto& w : waiting) {
        const auto outcome = w.get();
        refused +=
            outcome.has_error() && outcome.error().sqlstate == sqlstate::too_many_connections;
    }
    EXPECT_GE(refused, 1);
}

}  // namespace
}  // namespace historyd::reader
