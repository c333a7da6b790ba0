#include "writer_fixture.hpp"

namespace historyd::writer {
namespace {

class Lease : public WriterTest {
protected:
    void make_t() { make("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT NOT NULL)"); }
    result<statement_outcome> on(lease& l, const std::string& sql,
                                 sql::command command = sql::command::insert,
                                 row_sink* sink = nullptr) {
        return io_.run(l.execute(statement(dml(sql, command), sink), context()));
    }
    std::int64_t count(lease& l) {
        value_rows rows;
        EXPECT_TRUE(on(l, "SELECT count(*) FROM t", sql::command::select, &rows));
        return std::get<std::int64_t>(rows.rows.at(0).at(0));
    }
};

TEST_F(Lease, SeesItsOwnWritesAndOthersOnlyItsCommit) {
    make_t();
    auto l = acquire();
    EXPECT_EQ(on(l, "INSERT INTO t VALUES (1, 'a'), (2, 'b')")->rows_affected, 2);
    EXPECT_EQ(count(l), 2);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
    ASSERT_TRUE(io_.run(l.commit()));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 2);
    EXPECT_EQ(w().commit_count(), l.commit_count() + 1);
}

TEST_F(Lease, OthersWaitForIt) {
    make_t();
    auto l = acquire();
    auto other = start(unit(dml("INSERT INTO t SELECT 2, count(*) FROM t")));
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    ASSERT_TRUE(io_.run(l.commit()));
    EXPECT_TRUE(other.get());
    EXPECT_EQ(committed("SELECT count(*) FROM t WHERE id = 2 AND v = '1'"), 1);
}

TEST_F(Lease, IsOverForOthersBeforeItsCommitIsAnswered) {
    options_.wal_checkpoint_pages = 16;
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB NOT NULL)");
    const auto syncs = disk_.file_syncs.load();  // the writer's own work, after the answer
    for (int i = 0; i < 40; ++i) {
        auto l = acquire();
        ASSERT_TRUE(on(l, "INSERT INTO t(v) VALUES (zeroblob(40000))"));
        ASSERT_TRUE(io_.run(l.commit()));
        auto at_once = std::make_shared<sqlite::statement_context>(*context());
        at_once->lock_deadline = sqlite::statement_context::no_wait;
        auto next = io_.run(w().acquire(std::chrono::milliseconds(0), at_once));
        ASSERT_TRUE(next) << i << ": " << next.error().message;
        io_.run(next->rollback());
    }
    EXPECT_GT(disk_.file_syncs, syncs);
}

TEST_F(Lease, AFailedStatementLeavesTheTransactionOpen) {
    make_t();
    auto l = acquire();
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    const auto failed = io_.run(l.execute(
        rows_into("t", {{std::int64_t{2}, std::string("b")}, {std::int64_t{1}, std::string("c")}}),
        context()));
    EXPECT_EQ(failed.error().sqlstate, sqlstate::unique_violation);
    EXPECT_EQ(count(l), 1);
    ASSERT_TRUE(io_.run(l.commit()));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
}

TEST_F(Lease, Savepoints) {
    make_t();
    auto l = acquire();
    ASSERT_TRUE(io_.run(l.savepoint(1)));
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    ASSERT_TRUE(io_.run(l.savepoint(2)));
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (2, 'b')"));
    ASSERT_TRUE(io_.run(l.rollback_to(2)));
    EXPECT_EQ(count(l), 1);
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (3, 'c')"));
    ASSERT_TRUE(io_.run(l.release(2)));
    ASSERT_TRUE(io_.run(l.rollback_to(1)));
    EXPECT_EQ(count(l), 0);
    ASSERT_TRUE(io_.run(l.release(1)));
    ASSERT_TRUE(io_.run(l.commit()));
}

TEST_F(Lease, RollbackAndDestructionUndo) {
    make_t();
    auto l = acquire();
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    io_.run(l.rollback());
    {
        auto dropped = acquire();
        ASSERT_TRUE(on(dropped, "INSERT INTO t VALUES (2, 'b')"));
    }
    EXPECT_TRUE(run("INSERT INTO t VALUES (3, 'c')"));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
}

TEST_F(Lease, AnIdleOneIsEnded) {
    make_t();
    auto l = acquire(std::chrono::milliseconds(20));
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    // This one waits for the lease: that it is answered means the lease is over.
    ASSERT_TRUE(start(unit(dml("INSERT INTO t VALUES (2, 'b')"))).get());
    EXPECT_EQ(on(l, "INSERT INTO t VALUES (3, 'c')").error().sqlstate,
              sqlstate::idle_in_transaction_session_timeout);
    EXPECT_EQ(io_.run(l.commit()).error().sqlstate, sqlstate::idle_in_transaction_session_timeout);
    io_.run(l.rollback());
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
}

TEST_F(Lease, SchemaChangesAreItsOwnUntilCommit) {
    auto l = acquire();
    const auto made = io_.run(l.execute(statement(ddl({"CREATE TABLE t(a INTEGER)"})), context()));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_NE(l.schema()->find_relation("public", "t"), nullptr);
    EXPECT_EQ(w().schema()->find_relation("public", "t"), nullptr);
    EXPECT_NE(l.schema()->epoch, w().schema()->epoch);
    const auto epoch = l.schema()->epoch;
    ASSERT_TRUE(io_.run(l.commit()));
    EXPECT_EQ(w().schema()->epoch, epoch);
    EXPECT_NE(w().schema()->find_relation("public", "t"), nullptr);
}

TEST_F(Lease, SchemaChangesAreUndone) {
    const auto before = w().schema();
    auto l = acquire();
    ASSERT_TRUE(io_.run(l.savepoint(1)));
    ASSERT_TRUE(io_.run(l.execute(statement(ddl({"CREATE TABLE t(a INTEGER)"})), context())));
    ASSERT_TRUE(io_.run(l.rollback_to(1)));
    EXPECT_EQ(l.schema()->find_relation("public", "t"), nullptr);
    ASSERT_TRUE(io_.run(l.execute(statement(ddl({"CREATE TABLE u(a INTEGER)"})), context())));
    io_.run(l.rollback());
    EXPECT_EQ(w().schema(), before);
    make("CREATE TABLE v(a INTEGER)");
    EXPECT_EQ(w().schema()->find_relation("public", "u"), nullptr);
    EXPECT_GT(w().schema()->epoch, l.schema()->epoch);  // an epoch is never given twice
}

TEST_F(Lease, ACancelledWriteEndsTheTransaction) {
    make_t();
    auto l = acquire();
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    auto c = context();
    auto running = io_.start(
        l.execute(statement(dml("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n) "
                                "INSERT INTO t SELECT i, 'x' FROM n")),
                  c));
    c->cancelled->store(true);
    EXPECT_EQ(running.get().error().sqlstate, sqlstate::query_canceled);
    EXPECT_EQ(io_.run(l.rollback_to(1)).error().sqlstate, sqlstate::serialization_failure);
    EXPECT_EQ(io_.run(l.commit()).error().sqlstate, sqlstate::serialization_failure);
    io_.run(l.rollback());
    EXPECT_TRUE(run("INSERT INTO t VALUES (2, 'b')"));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
}

TEST_F(Lease, ACancelledReadDoesNot) {
    make_t();
    auto l = acquire();
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    auto c = context();
    c->cancelled->store(true);
    const auto endless =
        dml("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n) "
            "SELECT count(*) FROM n",
            sql::command::select);
    EXPECT_EQ(io_.run(l.execute(statement(endless), c)).error().sqlstate, sqlstate::query_canceled);
    ASSERT_TRUE(io_.run(l.commit()));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
}

TEST_F(Lease, AFullDiskAtCommit) {
    make_t();
    auto l = acquire();
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    disk_.wal_write_code = SQLITE_FULL;
    EXPECT_EQ(io_.run(l.commit()).error().sqlstate, sqlstate::disk_full);
    disk_.wal_write_code = 0;
    EXPECT_TRUE(run("INSERT INTO t VALUES (2, 'b')"));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
}

TEST_F(Lease, DrainFinishesTheQueueAndEmptiesTheWal) {
    make_t();
    auto l = acquire();
    auto waiting = start(unit(dml("INSERT INTO t VALUES (1, 'a')")));
    std::thread draining([&] { w().drain(std::chrono::seconds(60)); });
    ASSERT_TRUE(io_.run(l.execute(statement(dml("INSERT INTO t VALUES (2, 'b')")), context())));
    ASSERT_TRUE(io_.run(l.commit()));
    draining.join();
    EXPECT_TRUE(waiting.get());
    EXPECT_EQ(run("INSERT INTO t VALUES (3, 'c')").error().sqlstate, sqlstate::admin_shutdown);
    const auto wal = file().string() + "-wal";
    EXPECT_TRUE(!std::filesystem::exists(wal) || std::filesystem::file_size(wal) == 0);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 2);
}

TEST_F(Lease, DrainEndsAnIdleOneAfterItsGrace) {
    make_t();
    auto l = acquire();
    ASSERT_TRUE(on(l, "INSERT INTO t VALUES (1, 'a')"));
    w().drain(std::chrono::milliseconds(1));
    EXPECT_EQ(io_.run(l.commit()).error().sqlstate, sqlstate::admin_shutdown);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
}

}  // namespace
}  // namespace historyd::writer
