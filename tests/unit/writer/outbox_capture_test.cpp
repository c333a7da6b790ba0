#include "outbox_fixture.hpp"

namespace historyd::writer {
namespace {

using OutboxCapture = OutboxTest;
using strings = std::vector<std::string>;

TEST_F(OutboxCapture, EveryKindOfChange) {
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, r REAL, b BLOB)");
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'it''s', 0.1, x'00ff'), (2, NULL, 1e300, NULL)"));
    ASSERT_TRUE(run("UPDATE t SET v = 'b', r = r WHERE id = 1"));
    ASSERT_TRUE(run("UPDATE t SET id = 3 WHERE id = 1"));
    ASSERT_TRUE(run("UPDATE t SET v = v"));
    ASSERT_TRUE(run("DELETE FROM t WHERE id = 2"));
    const auto all = changes();
    ASSERT_EQ(all.size(), 6U);
    EXPECT_EQ(texts(), (strings{
                           "ddl CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, r REAL, b BLOB)",
                           "insert public.t 'id',1|'id',1,'v','it''s','r',1e-01,'b',X'00FF'",
                           "insert public.t 'id',2|'id',2,'v',NULL,'r',1e+300,'b',NULL",
                           "update public.t 'id',1|'v','b'",
                           "update public.t 'id',1|'id',3",
                           "delete public.t 'id',2",
                       }));
    EXPECT_EQ(all[1].row[2].value, value(0.1));
    EXPECT_EQ(all[1].txid, all[2].txid);
    EXPECT_NE(all[2].txid, all[3].txid);
    EXPECT_EQ(all[0].search_path, "public");
    EXPECT_GT(all[1].created_us, 1'700'000'000'000'000);
}

TEST_F(OutboxCapture, OutcomesNameTheirLastEntry) {
    make(table_t);
    const auto first = run("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    EXPECT_EQ(first->outbox_seq, head().seq);
    EXPECT_EQ(run("UPDATE t SET v = v")->outbox_seq, 0);
}

TEST_F(OutboxCapture, RolledBackSavepointsLeaveNothing) {
    make(table_t);
    const auto before = head().seq;
    auto l = acquire();
    const auto insert = [&](int id) {
        auto done = io_.run(l.execute(
            statement(dml("INSERT INTO t VALUES (" + std::to_string(id) + ", 'x')")), context()));
        ASSERT_TRUE(done) << done.error().message;
    };
    insert(1);
    ASSERT_TRUE(io_.run(l.savepoint(1)));
    insert(2);
    ASSERT_TRUE(io_.run(l.rollback_to(1)));
    insert(3);
    EXPECT_FALSE(
        io_.run(l.execute(statement(dml("INSERT INTO t VALUES (4, 'x'), (1, 'x')")), context())));
    const auto seq = io_.run(l.commit());
    ASSERT_TRUE(seq);
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',1|'id',1,'v','x'",
                                      "insert public.t 'id',3|'id',3,'v','x'"}));
    const auto all = changes(before);
    EXPECT_EQ(all[0].txid, all[1].txid);
    EXPECT_EQ(all[1].seq, before + 2);
    EXPECT_EQ(*seq, all[1].seq);
}

TEST_F(OutboxCapture, UnitsOfOneCommitAreTransactionsOfTheirOwn) {
    make(table_t);
    const auto before = head().seq;
    auto held = acquire();
    std::vector<std::future<result<unit_outcome>>> units;
    for (int i = 1; i <= 3; ++i) {
        const auto id = std::to_string(i);
        units.push_back(
            start(unit({statement(dml("INSERT INTO t VALUES (" + id + ", 'a')")),
                        statement(dml(i == 2 ? "INSERT INTO t VALUES (1, 'twice')"
                                             : "UPDATE t SET v = 'b' WHERE id = " + id))})));
    }
    held = {};
    EXPECT_TRUE(units[0].get());
    EXPECT_FALSE(units[1].get());
    EXPECT_TRUE(units[2].get());
    const auto all = changes(before);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].txid, all[1].txid);
    EXPECT_EQ(all[2].txid, all[3].txid);
    EXPECT_NE(all[0].txid, all[2].txid);
    EXPECT_EQ(all[3].seq, before + 4);  // the one that failed left no gap
}

TEST_F(OutboxCapture, ABatchThatRunsAgainIsThereOnce) {
    std::promise<void> running;
    tell_when_running(running);
    make(table_t);
    const auto before = head().seq;
    auto held = acquire();
    auto first = start(unit(dml("INSERT INTO t VALUES (1, 'a')")));
    auto endless = unit(dml(endless_));
    const auto cancelled = endless.context->cancelled;
    auto victim = start(std::move(endless));
    auto last = start(unit(dml("INSERT INTO t VALUES (2, 'b')")));
    held = {};
    running.get_future().wait();
    cancelled->store(true);
    EXPECT_FALSE(victim.get());
    EXPECT_TRUE(first.get());
    EXPECT_TRUE(last.get());
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',1|'id',1,'v','a'",
                                      "insert public.t 'id',2|'id',2,'v','b'"}));
    EXPECT_EQ(head().seq, before + 2);
    EXPECT_TRUE(*reader()->at(before + 2));
}

TEST_F(OutboxCapture, AFullDiskLeavesTheJournalAsItWas) {
    make(table_t);
    const auto before = head();
    disk_.wal_write_code = SQLITE_FULL;
    EXPECT_EQ(run("INSERT INTO t VALUES (1, 'a')").error().sqlstate, sqlstate::disk_full);
    disk_.wal_write_code = 0;
    EXPECT_EQ(head(), before);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    EXPECT_EQ(head().seq, before.seq + 1);
}

TEST_F(OutboxCapture, CascadesAreChangesToo) {
    make("CREATE TABLE p(id INTEGER PRIMARY KEY)");
    make(
        "CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE CASCADE "
        "ON UPDATE CASCADE)");
    ASSERT_TRUE(run("INSERT INTO p VALUES (1)"));
    ASSERT_TRUE(run("INSERT INTO c VALUES (7, 1)"));
    const auto before = head().seq;
    ASSERT_TRUE(run("UPDATE p SET id = 2"));
    ASSERT_TRUE(run("DELETE FROM p"));
    EXPECT_EQ(texts(before),
              (strings{"update public.p 'id',1|'id',2", "update public.c 'id',7|'p',2",
                       "delete public.c 'id',7", "delete public.p 'id',2"}));
}

TEST_F(OutboxCapture, DefinitionsAndTruncateGoAsText) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto before = head().seq;
    make("ALTER TABLE t ADD COLUMN w TEXT");
    ASSERT_TRUE(run("INSERT INTO t VALUES (2, 'b', 'c')"));
    auto truncate = std::make_shared<sql::plan>(*ddl({"DELETE FROM t"}));
    truncate->command = sql::command::truncate;
    ASSERT_TRUE(run(unit(sql::plan_ptr(truncate))));
    ASSERT_TRUE(run("INSERT INTO t VALUES (3, 'd', 'e')"));
    EXPECT_EQ(texts(before),
              (strings{"ddl ALTER TABLE t ADD COLUMN w TEXT",
                       "insert public.t 'id',2|'id',2,'v','b','w','c'", "truncate DELETE FROM t",
                       "insert public.t 'id',3|'id',3,'v','d','w','e'"}));
}

TEST_F(OutboxCapture, AColumnCanBeDropped) {
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, w TEXT)");
    make("ALTER TABLE t DROP COLUMN w");
    const auto before = head().seq;
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',1|'id',1,'v','a'"}));
}

TEST_F(OutboxCapture, ATableNeedsAKey) {
    const auto made = run(unit(ddl({"CREATE TABLE keyless(a INTEGER)"})));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().sqlstate, sqlstate::feature_not_supported);
    EXPECT_FALSE(made.error().hint.empty());
    EXPECT_EQ(committed("SELECT count(*) FROM sqlite_schema WHERE name = 'keyless'"), 0);
    EXPECT_TRUE(changes().empty());
    make(table_t);
    EXPECT_EQ(changes().size(), 1U);
}

TEST_F(OutboxCapture, AUsersTriggersFireAndAreForwarded) {
    make(table_t);
    make("CREATE TABLE log(id INTEGER PRIMARY KEY, what TEXT)");
    other_program(
        "CREATE TRIGGER theirs AFTER INSERT ON t BEGIN "
        "INSERT INTO log(what) VALUES (NEW.v); END");
    (void)run("INSERT INTO t VALUES (0, 'first')");  // stale: the schema has moved on
    const auto before = head().seq;
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    EXPECT_EQ(texts(before).size(), 2U);
    EXPECT_EQ(committed("SELECT count(*) FROM log WHERE what = 'a'"), 1);
}

}  // namespace
}  // namespace historyd::writer
