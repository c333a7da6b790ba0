#include "writer_fixture.hpp"

namespace historyd::writer {
namespace {

class GroupCommit : public WriterTest {
protected:
    void make_t() { make("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE)"); }
    write_unit insert(int id, const std::string& v) {
        return unit({rows_into("t", {{std::int64_t{id}, v}})});
    }
};

TEST_F(GroupCommit, AnAnsweredWriteIsThere) {
    make_t();
    const auto done = run(insert(1, "a"));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->statements.at(0).rows_affected, 1);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
    EXPECT_GE(disk_.wal_syncs, 1);
}

TEST_F(GroupCommit, ManyClientsShareFsyncs) {
    make_t();
    constexpr int clients = 32, each = 20;
    auto client = [&](int c) -> asio::awaitable<int> {
        int done = 0;
        for (int i = 0; i < each; ++i) {
            const int id = c * each + i;
            const auto outcome = co_await w().submit(insert(id, std::to_string(id)));
            done += outcome.has_value();
        }
        co_return done;
    };
    disk_.wal_syncs = 0;
    disk_.sync_takes_us = 2000;
    std::vector<std::future<int>> running;
    for (int c = 0; c < clients; ++c) running.push_back((c % 2 ? io_ : other_io_).start(client(c)));
    for (auto& r : running) EXPECT_EQ(r.get(), each);
    EXPECT_LE(disk_.wal_syncs, clients * each / 10);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), clients * each);
    EXPECT_EQ(w().stats().units, static_cast<std::uint64_t>(clients * each) + 1);
}

TEST_F(GroupCommit, AnErrorIsItsUnitsAlone) {
    make_t();
    auto held = acquire();
    auto a = start(insert(1, "a"));
    auto duplicate = start(unit({rows_into("t", {{std::int64_t{2}, std::string("b")}}),
                                 rows_into("t", {{std::int64_t{3}, std::string("a")}})}));
    auto c = start(insert(2, "c"));
    const auto commits = w().commit_count();
    held = {};
    EXPECT_TRUE(a.get());
    const auto failed = duplicate.get();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, sqlstate::unique_violation);
    EXPECT_EQ(failed.error().detail, "Key (v)=(a) already exists.");
    EXPECT_TRUE(c.get());
    EXPECT_EQ(w().commit_count(), commits + 1);
    EXPECT_EQ(w().stats().last_batch_units, 3u);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 2);
    EXPECT_EQ(committed("SELECT count(*) FROM t WHERE v = 'b'"), 0);
}

TEST_F(GroupCommit, ManyRowsAreAllOrNothing) {
    make_t();
    const auto done = run(unit({rows_into(
        "t", {{std::int64_t{1}, std::string("a")}, {std::int64_t{2}, std::monostate{}}})}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::not_null_violation);
    EXPECT_EQ(done.error().detail, "Failing row contains (2, null).");
    EXPECT_EQ(done.error().column_name, "v");
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
}

TEST_F(GroupCommit, AFullDiskFailsTheBatchAndRecovers) {
    make_t();
    auto held = acquire();
    auto a = start(insert(1, "a"));
    auto b = start(insert(2, "b"));
    disk_.wal_write_code = SQLITE_FULL;
    held = {};
    for (auto* f : {&a, &b}) {
        const auto outcome = f->get();
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().sqlstate, sqlstate::disk_full);
    }
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
    disk_.wal_write_code = 0;
    EXPECT_TRUE(run(insert(1, "a")));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
}

TEST_F(GroupCommit, AFailedSyncStopsWritesUntilRestart) {
    make_t();
    ASSERT_TRUE(run(insert(1, "a")));
    disk_.wal_sync_code = SQLITE_IOERR_FSYNC;
    const auto unlucky = run(insert(2, "b"));
    ASSERT_FALSE(unlucky);
    EXPECT_EQ(unlucky.error().sqlstate, sqlstate::io_error);
    disk_.wal_sync_code = 0;
    const auto later = run(insert(3, "c"));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().sqlstate, sqlstate::io_error);
    EXPECT_FALSE(later.error().hint.empty());
    EXPECT_TRUE(w().stats().stopped);
    EXPECT_EQ(io_.run(w().acquire({}, context())).error().sqlstate, sqlstate::io_error);
    EXPECT_EQ(committed("SELECT count(*) FROM t WHERE id = 1"), 1);
    writer_.reset();
    EXPECT_TRUE(run(insert(3, "c")));
}

TEST_F(GroupCommit, CancellingOneWriteLeavesItsBatchAlone) {
    std::promise<void> running;
    tell_when_running(running);
    make_t();
    value_rows returned;
    auto held = acquire();
    auto before =
        start(unit({statement(dml("INSERT INTO t VALUES (1, 'a') RETURNING id"), &returned)}));
    auto endless = unit(dml(endless_));
    const auto cancelled = endless.context->cancelled;
    auto victim = start(std::move(endless));
    auto after = start(insert(2, "b"));
    held = {};
    running.get_future().wait();
    cancelled->store(true);
    const auto outcome = victim.get();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().sqlstate, sqlstate::query_canceled);
    EXPECT_TRUE(before.get());
    EXPECT_TRUE(after.get());
    EXPECT_EQ(returned.rows, (std::vector<std::vector<value>>{{std::int64_t{1}}}));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 2);
}

TEST_F(GroupCommit, AWaitingWriteCanBeCancelled) {
    make_t();
    auto held = acquire();
    auto late = insert(1, "a");
    const auto cancelled = late.context->cancelled;
    auto waiting = start(std::move(late));
    auto expiring = insert(2, "b");
    auto with_deadline = context();
    with_deadline->deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    expiring.context = with_deadline;
    auto expired = start(std::move(expiring));
    cancelled->store(true);
    EXPECT_EQ(waiting.get().error().message, "canceling statement due to user request");
    EXPECT_EQ(expired.get().error().message, "canceling statement due to statement timeout");
    ASSERT_TRUE(io_.run(held.commit()));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
}

TEST_F(GroupCommit, AnotherEpochsPlanIsStale) {
    make_t();
    auto old = insert(1, "a");
    make("CREATE TABLE u(a INTEGER)");
    const auto outcome = run(std::move(old));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().sqlstate, stale_plan_sqlstate);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
}

TEST_F(GroupCommit, AFullQueueIsAnErrorWithAHint) {
    options_.queue_max = 2;
    make_t();
    auto held = acquire();
    auto a = start(insert(1, "a"));
    auto b = start(insert(2, "b"));
    const auto refused = start(insert(3, "c")).get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sqlstate, sqlstate::too_many_connections);
    EXPECT_FALSE(refused.error().hint.empty());
    held = {};
    EXPECT_TRUE(a.get());
    EXPECT_TRUE(b.get());
}

TEST_F(GroupCommit, ADeferredConstraintFailsItsUnitAtCommit) {
    make_t();
    make(
        "CREATE TABLE child(id INTEGER PRIMARY KEY, t_id INTEGER "
        "REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)");
    value_rows returned;
    auto held = acquire();
    auto good =
        start(unit({statement(dml("INSERT INTO t VALUES (1, 'a') RETURNING id"), &returned)}));
    auto orphan =
        start(unit(dml("INSERT INTO child VALUES (1, 99)", sql::command::insert, "child")));
    auto also_good = start(unit({rows_into("child", {{std::int64_t{2}, std::int64_t{1}}})}));
    held = {};
    EXPECT_TRUE(good.get());
    EXPECT_EQ(orphan.get().error().sqlstate, sqlstate::foreign_key_violation);
    EXPECT_TRUE(also_good.get());
    EXPECT_EQ(returned.rows.size(), 1u);
    EXPECT_EQ(committed("SELECT count(*) FROM child"), 1);
}

TEST_F(GroupCommit, AMissingParentIsNamed) {
    make_t();
    make("CREATE TABLE child(id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t(id))");
    const auto done = run(unit({rows_into("child", {{std::int64_t{1}, std::int64_t{99}}})}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message,
              "insert or update on table \"child\" violates foreign key constraint "
              "\"child_t_id_fkey\"");
    EXPECT_EQ(done.error().detail, "Key (t_id)=(99) is not present in table \"t\".");
}

TEST_F(GroupCommit, ASinksRefusalUndoesTheUnit) {
    make_t();
    value_rows small(1);
    const auto done =
        run(unit({statement(dml("INSERT INTO t VALUES (1, 'a') RETURNING id"), &small)}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::program_limit_exceeded);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
}

TEST_F(GroupCommit, AnEmptyBatchOfFailuresCommitsNothing) {
    make_t();
    ASSERT_TRUE(run(insert(1, "a")));
    const auto commits = w().commit_count();
    const auto syncs = disk_.wal_syncs.load();
    EXPECT_FALSE(run(insert(1, "b")));
    EXPECT_EQ(w().commit_count(), commits);
    EXPECT_EQ(disk_.wal_syncs, syncs);
}

}  // namespace
}  // namespace historyd::writer
