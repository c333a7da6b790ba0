#include <algorithm>

#include "outbox_fixture.hpp"

// What our own connection does to rows is captured by SQLite's hook where that does what the
// triggers do, and by the triggers elsewhere.

namespace historyd::writer {
namespace {

using strings = std::vector<std::string>;

class OutboxHook : public OutboxTest {
protected:
    // The two write 0.5 in their own ways.
    bool hook_is_used() {
        make("CREATE TABLE probe(id INTEGER PRIMARY KEY, r REAL)");
        EXPECT_TRUE(run("INSERT INTO probe VALUES (1, 0.5)"));
        const auto last = [](const char* text) {
            return "SELECT count(*) FROM historyd_outbox WHERE seq = (SELECT max(seq) FROM "
                   "historyd_outbox) AND row LIKE '%" +
                   std::string(text) + "'";
        };
        EXPECT_EQ(committed(last("5e-01")) + committed(last("0.5")), 1);
        return committed(last("5e-01")) == 1;
    }
    void add_foreign_trigger() {
        const auto before = head().seq;
        other_program(
            "CREATE TABLE theirs(id INTEGER PRIMARY KEY); CREATE TRIGGER idle AFTER INSERT ON "
            "theirs BEGIN SELECT 1; END");
        wait_beyond(before);  // their table is announced
    }
    result<void> in_lease(lease& l, const std::string& sql) {
        auto done = io_.run(l.execute(statement(dml(sql)), context()));
        if (!done) return done.error();
        return {};
    }
    result<void> define_in(lease& l, const std::string& sql,
                           sql::command command = sql::command::ddl) {
        auto plan = std::make_shared<sql::plan>(*ddl({sql}));
        plan->command = command;
        auto done = io_.run(l.execute(statement(plan), context()));
        if (!done) return done.error();
        return {};
    }
};

TEST_F(OutboxHook, IsUsedWhereItDoesWhatTheTriggersDo) { EXPECT_TRUE(hook_is_used()); }

TEST_F(OutboxHook, SomebodysTriggerNeedsTriggers) {
    add_foreign_trigger();
    EXPECT_FALSE(hook_is_used());
    other_program("DROP TRIGGER idle");
    (void)run("DELETE FROM theirs");  // stale: the schema is noticed
    ASSERT_TRUE(run("INSERT INTO probe VALUES (2, 0.5)"));
    EXPECT_EQ(committed("SELECT count(*) FROM historyd_outbox WHERE row LIKE '%5e-01'"), 1);
}

TEST_F(OutboxHook, CascadesNeedTriggers) {
    make("CREATE TABLE p(id INTEGER PRIMARY KEY)");
    make("CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE SET NULL)");
    EXPECT_FALSE(hook_is_used());
}

TEST_F(OutboxHook, ForeignKeysThatOnlyRefuseDoNot) {
    make("CREATE TABLE p(id INTEGER PRIMARY KEY)");
    make("CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id))");
    EXPECT_TRUE(hook_is_used());
}

TEST_F(OutboxHook, VirtualColumnsNeedTriggers) {
    make("CREATE TABLE g(id INTEGER PRIMARY KEY, a TEXT AS (id || 'x') VIRTUAL, b TEXT)");
    EXPECT_FALSE(hook_is_used());
}

TEST_F(OutboxHook, TablesWithoutARowidNeedTriggers) {
    make("CREATE TABLE w(a TEXT, b TEXT, PRIMARY KEY (a)) WITHOUT ROWID");
    EXPECT_FALSE(hook_is_used());
}

TEST_F(OutboxHook, AVirtualTableOfAnUnknownModuleIsNoReason) {
    make(table_t);
    other_program(
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES "
        "('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING nobodys_module(x)'); "
        "PRAGMA writable_schema = RESET");
    restart();
    EXPECT_TRUE(hook_is_used());
}

TEST_F(OutboxHook, OldRowsAreQueuedByTriggersFirst) {
    options_.forward = false;
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'old')"));
    options_.forward = true;
    restart();
    wait_beyond(0);
    EXPECT_TRUE(hook_is_used());
}

// Both ways, one after the other in files of their own, make the same journal.
class OutboxBothWays : public OutboxHook {
protected:
    strings journal_of(const std::vector<std::string>& statements) {
        const auto before = head().seq;
        for (const auto& sql : statements) {
            const auto done = run(sql);
            EXPECT_TRUE(done) << sql << ": " << done.error().message;
        }
        return texts(before);
    }
};

const std::vector<std::string> every_kind{
    "INSERT INTO t(id, v, r, b) VALUES (1, 'it''s ''''', 0.1, x'00ff'), (2, NULL, 5, NULL)",
    "INSERT INTO t(id, v, r, b) VALUES (3, '', 1e300, x''), (4, 'ß', -0.0, NULL), (5, 'x', 9e999,"
    " zeroblob(3))",
    "INSERT INTO t(v, r) VALUES ('no id', 2)",
    "UPDATE t SET v = 'b', r = r WHERE id = 1",
    "UPDATE t SET r = 5.0 WHERE id = 2",
    "UPDATE t SET r = 6 WHERE id = 2",
    "UPDATE t SET v = v",
    "UPDATE t SET v = 'ß' || v WHERE id > 3",
    "UPDATE t SET id = 30 WHERE id = 3",
    "UPDATE t SET v = NULL, b = x'01'",
    "INSERT INTO t(id, v) VALUES (1, 'c') ON CONFLICT (id) DO UPDATE SET v = excluded.v",
    "INSERT INTO t(id, v) VALUES (1, 'd') ON CONFLICT DO NOTHING",
    "INSERT INTO t(id, v) SELECT id + 100, v FROM t",
    "INSERT INTO k VALUES ('a', 1, 'x', 0), ('b', 1, NULL, 1) RETURNING *",
    "UPDATE k SET a = 'c', n = 2 WHERE a = 'b'",
    "UPDATE k SET n = n + 1 FROM t WHERE t.id = 1 RETURNING a",
    "DELETE FROM k WHERE n = 3 RETURNING n",
    "DELETE FROM k",
    "DELETE FROM t WHERE id IN (1, 2)",
    "DELETE FROM t",
};

TEST_F(OutboxBothWays, MakeTheSameJournal) {
    const std::string t =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, r REAL, b BLOB,"
        " g TEXT GENERATED ALWAYS AS (v || '!') STORED)";
    const std::string k =
        "CREATE TABLE k(a TEXT, n INTEGER, u TEXT UNIQUE, i INTEGER, PRIMARY KEY (n, a))";
    make(t);
    make(k);
    ASSERT_TRUE(hook_is_used());
    const auto by_hook = journal_of(every_kind);
    EXPECT_EQ(by_hook.size(), 44U);
    add_foreign_trigger();
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 0);
    const auto by_trigger = journal_of(every_kind);
    EXPECT_EQ(by_hook, by_trigger);
    EXPECT_EQ(committed("SELECT count(*) FROM historyd_outbox WHERE row LIKE '%1e-01%'"), 1);
}

TEST_F(OutboxHook, ALargeStatementGoesThroughATemporaryFile) {
    make(table_t);
    const auto before = head().seq;
    const std::string many =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) ";
    // 13 MB of entries. The last row is there already: nothing of the statement stays.
    EXPECT_FALSE(run(many + "INSERT INTO t SELECT CASE i WHEN 60000 THEN 1 ELSE i END,"
                            " printf('%200d', i) FROM n"));
    EXPECT_EQ(head().seq, before);
    const auto done = run(many + "INSERT INTO t SELECT i, printf('%200d', i) FROM n");
    ASSERT_TRUE(done) << done.error().message;
    const auto all = changes(before);
    ASSERT_EQ(all.size(), 60'000U);
    EXPECT_EQ(all.front().txid, all.back().txid);
    EXPECT_EQ(all.back().seq, before + 60'000);
    EXPECT_EQ(all.back().key.front().value, value(std::int64_t{60'000}));
    EXPECT_EQ(done->outbox_seq, all.back().seq);
}

TEST_F(OutboxHook, AFullDiskForTheTemporaryFileFailsItsUnitAlone) {
    make(table_t);
    const auto before = head().seq;
    disk_.temporary_write_code = SQLITE_FULL;
    auto held = acquire();
    auto first = start(unit(dml("INSERT INTO t VALUES (-1, 'a')")));
    auto large = start(
        unit(dml("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
                 "INSERT INTO t SELECT i, printf('%200d', i) FROM n")));
    auto last = start(unit(dml("INSERT INTO t VALUES (-2, 'b')")));
    held = {};
    EXPECT_TRUE(first.get());
    EXPECT_EQ(large.get().error().sqlstate, sqlstate::disk_full);
    EXPECT_TRUE(last.get());
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',-1|'id',-1,'v','a'",
                                      "insert public.t 'id',-2|'id',-2,'v','b'"}));
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 2);
}

TEST_F(OutboxHook, DeleteOfAllRowsIsSeenAfterTruncateWithTheSameText) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    auto truncate = std::make_shared<sql::plan>(*ddl({"DELETE FROM t"}));
    truncate->command = sql::command::truncate;
    ASSERT_TRUE(run(unit(sql::plan_ptr(truncate))));
    ASSERT_TRUE(run("INSERT INTO t VALUES (2, 'b')"));
    const auto before = head().seq;
    ASSERT_TRUE(run("DELETE FROM t"));
    EXPECT_EQ(texts(before), (strings{"delete public.t 'id',2"}));
}

TEST_F(OutboxHook, RowsAndDefinitionsKeepTheirOrder) {
    make(table_t);
    const auto before = head().seq;
    auto l = acquire();
    ASSERT_TRUE(in_lease(l, "INSERT INTO t VALUES (1, 'a')"));
    ASSERT_TRUE(define_in(l, "DELETE FROM t", sql::command::truncate));
    ASSERT_TRUE(in_lease(l, "INSERT INTO t VALUES (2, 'b')"));
    ASSERT_TRUE(io_.run(l.commit()));
    const auto all = changes(before);
    EXPECT_EQ(texts(before),
              (strings{"insert public.t 'id',1|'id',1,'v','a'", "truncate DELETE FROM t",
                       "insert public.t 'id',2|'id',2,'v','b'"}));
    EXPECT_EQ(all.front().txid, all.back().txid);
}

TEST_F(OutboxHook, SavepointsUndoAcrossDefinitions) {
    make(table_t);
    const auto before = head().seq;
    auto l = acquire();
    ASSERT_TRUE(in_lease(l, "INSERT INTO t VALUES (1, 'a')"));
    ASSERT_TRUE(io_.run(l.savepoint(1)));
    ASSERT_TRUE(in_lease(l, "INSERT INTO t VALUES (2, 'b')"));
    ASSERT_TRUE(define_in(l, "DELETE FROM t", sql::command::truncate));
    ASSERT_TRUE(in_lease(l, "INSERT INTO t VALUES (3, 'c')"));
    ASSERT_TRUE(io_.run(l.rollback_to(1)));
    ASSERT_TRUE(in_lease(l, "INSERT INTO t VALUES (4, 'd')"));
    ASSERT_TRUE(io_.run(l.commit()));
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',1|'id',1,'v','a'",
                                      "insert public.t 'id',4|'id',4,'v','d'"}));
    EXPECT_EQ(head().seq, before + 2);
}

TEST_F(OutboxHook, ATableThatWasRolledBackIsNoneOfOurs) {
    make(table_t);
    const auto before = head().seq;
    auto l = acquire();
    ASSERT_TRUE(io_.run(l.savepoint(1)));
    ASSERT_TRUE(define_in(l, "CREATE TABLE u(id INTEGER PRIMARY KEY)"));
    ASSERT_TRUE(io_.run(l.rollback_to(1)));
    ASSERT_TRUE(in_lease(l, "INSERT INTO t VALUES (1, 'a')"));
    ASSERT_TRUE(io_.run(l.commit()));
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',1|'id',1,'v','a'"}));
    make("CREATE TABLE u(name TEXT PRIMARY KEY)");
    const auto then = head().seq;
    ASSERT_TRUE(run("INSERT INTO u VALUES ('x')"));
    EXPECT_EQ(texts(then), (strings{"insert public.u 'name','x'|'name','x'"}));
}

TEST_F(OutboxHook, ReplacedRowsAreSeen) {
    other_program(
        "CREATE TABLE r(id INTEGER PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE, v TEXT)");
    wait_beyond(0);
    ASSERT_TRUE(run("INSERT INTO r VALUES (1, 'a', 'x')"));
    const auto before = head().seq;
    ASSERT_TRUE(run("INSERT INTO r VALUES (2, 'a', 'y')"));
    EXPECT_EQ(texts(before),
              (strings{"delete public.r 'id',1", "insert public.r 'id',2|'id',2,'u','a','v','y'"}));
}

}  // namespace
}  // namespace historyd::writer
