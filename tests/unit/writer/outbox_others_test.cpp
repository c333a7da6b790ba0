// Changes that another program makes in the file, beside historyd and while it is down.

#include "outbox_fixture.hpp"

namespace historyd::writer {
namespace {

using OutboxOthers = OutboxTest;
using strings = std::vector<std::string>;

TEST_F(OutboxOthers, TheirChangesComeBeforeOurNewerOnes) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto before = head().seq;
    other_program(
        "INSERT INTO t VALUES (2, 'b'); UPDATE t SET v = 'c' WHERE id = 1;"
        "DELETE FROM t WHERE id = 2; INSERT OR REPLACE INTO t VALUES (1, 'd')");
    ASSERT_TRUE(run("INSERT INTO t VALUES (3, 'e')"));
    EXPECT_EQ(texts(before),
              (strings{"put public.t 'id',2|'id',2,'v','b'", "update public.t 'id',1|'v','c'",
                       "delete public.t 'id',2", "put public.t 'id',1|'id',1,'v','d'",
                       "insert public.t 'id',3|'id',3,'v','e'"}));
    const auto all = changes(before);
    EXPECT_EQ(all[0].txid, all[3].txid);
    EXPECT_NE(all[3].txid, all[4].txid);
}

TEST_F(OutboxOthers, AreNoticedWhileIdle) {
    make(table_t);
    const auto before = head().seq;
    other_program("INSERT INTO t VALUES (2, 'b')");
    wait_beyond(before);
    EXPECT_EQ(texts(before), (strings{"put public.t 'id',2|'id',2,'v','b'"}));
}

TEST_F(OutboxOthers, AreNoticedAfterARestart) {
    make(table_t);
    const auto before = head().seq;
    writer_.reset();
    other_program("INSERT INTO t VALUES (2, 'b')");
    EXPECT_EQ(texts(before), (strings{"put public.t 'id',2|'id',2,'v','b'"}));
}

TEST_F(OutboxOthers, AreNotLostWithABatchThatFails) {
    make(table_t);
    const auto before = head().seq;
    other_program("INSERT INTO t VALUES (2, 'b')");
    EXPECT_FALSE(run("INSERT INTO t VALUES (2, 'twice')"));
    wait_beyond(before);
    EXPECT_EQ(texts(before), (strings{"put public.t 'id',2|'id',2,'v','b'"}));
}

// What mem0's reset does.
TEST_F(OutboxOthers, ATableMadeAnewIsSentAgain) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto before = head().seq;
    other_program("DROP TABLE t");
    other_program(std::string(table_t) + "; INSERT INTO t VALUES (5, 'new')");
    wait_beyond(before);
    const auto all = texts(before);
    ASSERT_GE(all.size(), 2U);
    EXPECT_EQ(all.back(), "put public.t 'id',5|'id',5,'v','new'");
    // Either it was seen missing, or only made anew: the backend's old rows go in both cases.
    const bool dropped = std::ranges::count(all, "ddl DROP TABLE IF EXISTS public.t") == 1;
    const bool emptied = std::ranges::count(all, "truncate TRUNCATE TABLE public.t") == 1;
    EXPECT_TRUE(dropped || emptied);
    const auto then = head().seq;
    other_program("INSERT INTO t VALUES (6, 'seen')");
    wait_beyond(then);
    EXPECT_EQ(texts(then), (strings{"put public.t 'id',6|'id',6,'v','seen'"}));
}

TEST_F(OutboxOthers, AResetWhileWeWereDownIsSeenAtTheStart) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto before = head().seq;
    writer_.reset();
    other_program("DROP TABLE t; " + std::string(table_t) + "; INSERT INTO t VALUES (5, 'new')");
    wait_beyond(before);
    const auto all = texts(before);
    EXPECT_EQ(std::ranges::count(all, "truncate TRUNCATE TABLE public.t"), 1);
    EXPECT_EQ(all.back(), "put public.t 'id',5|'id',5,'v','new'");
}

TEST_F(OutboxOthers, OtherColumnsMakeAnotherTable) {
    make(table_t);
    const auto before = head().seq;
    writer_.reset();
    other_program("DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY KEY, other TEXT)");
    wait_beyond(before);
    const auto all = texts(before);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0], "ddl DROP TABLE IF EXISTS public.t");
    EXPECT_TRUE(all[1].starts_with("ddl CREATE TABLE IF NOT EXISTS public.t (id "));
}

TEST_F(OutboxOthers, AnAddedColumnIsAdded) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto before = head().seq;
    other_program("ALTER TABLE t ADD COLUMN w TEXT");
    wait_beyond(before);
    const auto all = texts(before);
    EXPECT_EQ(std::ranges::count(all, "ddl ALTER TABLE public.t ADD COLUMN IF NOT EXISTS w text"),
              1);
    EXPECT_EQ(std::ranges::count(all, "truncate TRUNCATE TABLE public.t"), 0);
    EXPECT_EQ(all.back(), "put public.t 'id',1|'id',1,'v','a','w',NULL");
}

// Triggers of another wording, as another version of historyd may have left them.
TEST_F(OutboxOthers, TriggersThatOnlyReadDifferentlyAreReplaced) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto before = head().seq;
    writer_.reset();
    other_program(
        "DROP TRIGGER historyd_insert_t;"
        "CREATE TRIGGER historyd_insert_t AFTER INSERT ON t BEGIN SELECT 1; END");
    ASSERT_TRUE(run("INSERT INTO t VALUES (2, 'b')"));
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',2|'id',2,'v','b'"}));
}

TEST_F(OutboxOthers, ADroppedTableIsDropped) {
    make(table_t);
    const auto before = head().seq;
    other_program("DROP TABLE t");
    wait_beyond(before);
    EXPECT_EQ(texts(before), (strings{"ddl DROP TABLE IF EXISTS public.t"}));
}

TEST_F(OutboxOthers, TheirTimestampsBecomeOurs) {
    w();
    writer_.reset();
    other_program("CREATE TABLE h(id TEXT PRIMARY KEY, at DATETIME)");
    wait_beyond(0);
    const auto before = head().seq;
    other_program("INSERT INTO h VALUES ('x', '2025-01-02T03:04:05.5-08:00')");
    wait_beyond(before);
    EXPECT_EQ(texts(before), (strings{"put public.h 'id','x'|'id','x','at',"
                                      "'2025-01-02 11:04:05.500000+00:00'"}));
}

TEST_F(OutboxOthers, ACopyGetsANameOfItsOwn) {
    make(table_t);
    const auto original = *reader()->identity();
    EXPECT_TRUE(original.copied_from.empty());
    restart();
    const auto again = *reader()->identity();
    EXPECT_EQ(again.node_id, original.node_id);
    EXPECT_NE(again.incarnation, original.incarnation);
    EXPECT_EQ(again.previous_incarnation, original.incarnation);

    ASSERT_TRUE(io_.run(w().set_backend_uuid("the-backend")));
    const auto at = head();
    writer_.reset();
    const auto copy = dir_.file("copy.db");
    std::filesystem::copy_file(file(), copy);
    std::filesystem::rename(copy, file());
    const auto copied = *reader()->identity();
    EXPECT_NE(copied.node_id, original.node_id);
    EXPECT_EQ(copied.copied_from, original.node_id);
    EXPECT_TRUE(copied.previous_incarnation.empty());
    EXPECT_EQ(copied.backend_uuid, "the-backend");
    restart();
    EXPECT_EQ(reader()->identity()->copied_from, original.node_id);
    ASSERT_TRUE(acknowledge(at));
    EXPECT_TRUE(reader()->identity()->copied_from.empty());
}

}  // namespace
}  // namespace historyd::writer
