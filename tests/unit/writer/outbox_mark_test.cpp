// Acknowledgement, pruning, parking, caps.

#include <algorithm>

#include "outbox_fixture.hpp"
#include "storage/outbox/chain.hpp"

namespace historyd::writer {
namespace {

using OutboxMark = OutboxTest;
using strings = std::vector<std::string>;

TEST_F(OutboxMark, SurvivesARestart) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto at = head();
    ASSERT_TRUE(acknowledge(at));
    EXPECT_EQ(w().progress().applied_seq(), at.seq);
    restart();
    EXPECT_EQ(w().progress().applied_seq(), at.seq);
    EXPECT_EQ(*reader()->acknowledged(), at);
    EXPECT_EQ(w().progress().depth().rows, 0);
    ASSERT_TRUE(run("INSERT INTO t VALUES (2, 'b')"));
    EXPECT_EQ(w().progress().depth().rows, 1);
    EXPECT_GT(w().progress().depth().oldest_us, 0);
    restart();
    EXPECT_EQ(w().progress().depth().rows, 1);
    EXPECT_GT(w().progress().depth().bytes, 0);
}

TEST_F(OutboxMark, TheChainHoldsWhoeverWrites) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    restart();
    ASSERT_TRUE(run("INSERT INTO t VALUES (2, 'b')"));
    other_program("INSERT INTO t VALUES (3, 'theirs'); DELETE FROM t WHERE id = 1");
    auto l = acquire();
    for (const auto* sql : {"UPDATE t SET v = 'c' WHERE id = 2", "DELETE FROM t WHERE id = 3"}) {
        ASSERT_TRUE(io_.run(l.execute(statement(dml(sql)), context())));
        ASSERT_TRUE(io_.run(l.savepoint(1)));  // has what came before it written
    }
    ASSERT_TRUE(io_.run(l.commit()));
    outbox::chain chain;
    outbox::chain_hash hash{};
    value_rows stored;
    const auto db = sqlite::database::open(file(), sqlite::open_mode::read_only, {});
    ASSERT_TRUE(
        (*db)->execute("SELECT seq, txid, op, tbl, ifnull(pk, ''), ifnull(row, ''), pk IS "
                       "NOT NULL, chain_hash, row IS NOT NULL FROM historyd_outbox ORDER BY seq",
                       {}, &stored));
    ASSERT_EQ(stored.rows.size(), 7U);
    for (const auto& r : stored.rows) {
        hash = chain.next(hash, {.seq = std::get<std::int64_t>(r[0]),
                                 .txid = std::get<std::int64_t>(r[1]),
                                 .op = std::get<std::string>(r[2]),
                                 .table = std::get<std::string>(r[3]),
                                 .key = std::get<std::string>(r[4]),
                                 .row = std::get<std::string>(r[5]),
                                 .has_key = std::get<std::int64_t>(r[6]) != 0,
                                 .has_row = std::get<std::int64_t>(r[8]) != 0});
        EXPECT_TRUE(std::ranges::equal(
            hash, std::get<blob>(r[7]).bytes,
            [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); }));
    }
}

TEST_F(OutboxMark, NumbersAreNeverUsedAgain) {
    options_.outbox_retention_s = 0;
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a'), (2, 'b')"));
    const auto at = head();
    ASSERT_TRUE(acknowledge(at));
    EXPECT_EQ(committed("SELECT count(*) FROM historyd_outbox"), 0);
    EXPECT_EQ(*reader()->oldest_kept(), at);
    EXPECT_EQ(*reader()->at(at.seq), at);
    EXPECT_FALSE(*reader()->at(at.seq - 1));
    restart();
    ASSERT_TRUE(run("INSERT INTO t VALUES (3, 'c')"));
    EXPECT_EQ(head().seq, at.seq + 1);
}

TEST_F(OutboxMark, ALargeTransactionIsPrunedWhole) {
    options_.outbox_retention_s = 0;
    make(table_t);
    ASSERT_TRUE(
        run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
            " INSERT INTO t SELECT i, 'x' FROM n"));
    ASSERT_TRUE(run("INSERT INTO t VALUES (10000, 'y')"));
    const auto all = changes();
    ASSERT_TRUE(acknowledge({all[9000].seq, all[9000].hash}));
    // What one mark does not prune the idle writer does.
    for (int round = 0; round < 4; ++round) {
        ASSERT_TRUE(acknowledge({all[9000].seq, all[9000].hash}));
    }
    EXPECT_EQ(changes().size(), 1U);
    EXPECT_EQ(reader()->oldest_kept()->seq, 9001);
}

TEST_F(OutboxMark, WhatIsNotAcknowledgedIsNotPruned) {
    options_.outbox_retention_s = 0;
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a'), (2, 'b')"));
    const auto first = changes().front();
    ASSERT_TRUE(acknowledge({first.seq, first.hash}));
    EXPECT_EQ(changes().size(), 2U);
}

TEST_F(OutboxMark, GoesBackWithinTheRetention) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto all = changes();
    ASSERT_TRUE(acknowledge({all[1].seq, all[1].hash}));
    ASSERT_TRUE(acknowledge({all[0].seq, all[0].hash}));
    EXPECT_EQ(reader()->acknowledged()->seq, all[0].seq);
    EXPECT_EQ(w().progress().depth().rows, 1);
    EXPECT_GT(w().progress().depth().bytes, 0);
    EXPECT_FALSE(acknowledge({all[1].seq + 1, {}}));
}

TEST_F(OutboxMark, ReadsWholeTransactions) {
    make(table_t);
    for (int i = 0; i < 3; ++i) {
        const auto at = std::to_string(i * 10);
        ASSERT_TRUE(run("INSERT INTO t VALUES (" + at + ", 'a'), (" + at + " + 1, 'b'), (" + at +
                        " + 2, 'c')"));
    }
    const auto r = reader();
    EXPECT_EQ(r->read(1, {.rows_max = 1})->changes.size(), 3U);
    EXPECT_EQ(r->read(1, {.rows_max = 5})->changes.size(), 3U);
    EXPECT_EQ(r->read(1, {.rows_max = 6})->changes.size(), 6U);
    EXPECT_EQ(r->read(1, {.rows_max = 100, .bytes_max = 1})->changes.size(), 3U);
    EXPECT_EQ(r->read(4, {.rows_max = 100})->changes.size(), 6U);
    EXPECT_TRUE(r->read(10, {})->changes.empty());
    EXPECT_EQ(r->read_range(2, 3)->size(), 2U);
}

TEST_F(OutboxMark, ParkedChangesCanBeQueuedAgainOrForgotten) {
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a'), (2, 'b')"));
    ASSERT_TRUE(io_.run(w().park({2, 3}, "22021", "invalid byte sequence")));
    EXPECT_EQ(w().progress().depth().parked, 2);
    const auto parked = *reader()->parked();
    ASSERT_EQ(parked.size(), 2U);
    EXPECT_EQ(parked[0].sqlstate, "22021");
    EXPECT_EQ(parked[0].change.row.at(1).value, value("a"));
    const auto before = head().seq;
    ASSERT_TRUE(io_.run(w().retry_parked(2)));
    EXPECT_EQ(texts(before), (strings{"insert public.t 'id',1|'id',1,'v','a'"}));
    ASSERT_TRUE(io_.run(w().discard_parked(3)));
    EXPECT_EQ(io_.run(w().discard_parked(3)).error().sqlstate, sqlstate::undefined_object);
    EXPECT_EQ(io_.run(w().retry_parked(3)).error().sqlstate, sqlstate::undefined_object);
    EXPECT_EQ(w().progress().depth().parked, 0);
    restart();
    EXPECT_EQ(w().progress().depth().parked, 0);
}

TEST_F(OutboxMark, BeyondTheCapWritesAreRefusedUntilTheBackendCatchesUp) {
    options_.outbox_caps.rows_max = 2;
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    const auto refused = run("INSERT INTO t VALUES (2, 'b')");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sqlstate, sqlstate::configuration_limit_exceeded);
    EXPECT_NE(refused.error().hint.find("outbox_rows_max"), std::string::npos);
    EXPECT_EQ(io_.run(w().acquire(std::chrono::milliseconds(0), context())).error().sqlstate,
              sqlstate::configuration_limit_exceeded);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), 1);
    restart();
    EXPECT_FALSE(run("INSERT INTO t VALUES (2, 'b')"));
    ASSERT_TRUE(acknowledge(head()));
    EXPECT_TRUE(run("INSERT INTO t VALUES (2, 'b')"));
}

TEST_F(OutboxMark, BytesAgeAndDiskAreCapsToo) {
    const auto refusal = [&](const outbox::caps& caps) {
        writer_.reset();
        options_.outbox_caps = caps;
        return run("INSERT INTO t(v) VALUES ('more')");
    };
    make(table_t);
    ASSERT_TRUE(run("INSERT INTO t VALUES (1, 'a')"));
    EXPECT_EQ(refusal({.bytes_max = 10}).error().sqlstate, sqlstate::configuration_limit_exceeded);
    EXPECT_EQ(refusal({.age_ms_max = 1}).error().sqlstate, sqlstate::configuration_limit_exceeded);
    EXPECT_EQ(refusal({.free_disk_bytes_min = std::int64_t{1} << 60}).error().sqlstate,
              sqlstate::disk_full);
    EXPECT_TRUE(refusal(
        {.rows_max = 100, .bytes_max = 1000, .age_ms_max = 3'600'000, .free_disk_bytes_min = 1}));
}

}  // namespace
}  // namespace historyd::writer
