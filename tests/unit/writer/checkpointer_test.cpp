#include "storage/writer/checkpointer.hpp"

#include <thread>

#include "writer_fixture.hpp"

namespace historyd::writer {
namespace {

using step = checkpoint_step;

TEST(CheckpointPolicy, NothingBelowTheLimitOrWhileCopying) {
    EXPECT_EQ(next_step({.pages = 999, .limit = 1000}), step::none);
    EXPECT_EQ(next_step({.pages = 5000, .limit = 1000, .copying = true}), step::none);
}

TEST(CheckpointPolicy, CopiesBesideTheWriterFirst) {
    EXPECT_EQ(next_step({.pages = 1000, .limit = 1000}), step::copy);
}

TEST(CheckpointPolicy, TheWriterFinishesWhenLittleIsLeft) {
    wal_state wal{.copied = 6400, .wanted = 6400, .limit = 6400};
    wal.pages = wal.last_try = 6500;
    EXPECT_EQ(next_step(wal), step::finish);
    wal.pages = wal.last_try = 6501;
    EXPECT_EQ(next_step(wal), step::copy);
}

TEST(CheckpointPolicy, NothingMoreWhenAllIsCopied) {
    EXPECT_EQ(
        next_step({.pages = 1062, .copied = 1062, .wanted = 1062, .last_try = 1062, .limit = 1000}),
        step::none);
}

TEST(CheckpointPolicy, AWriterFasterThanTheDiskIsStoppedInTheEnd) {
    EXPECT_EQ(
        next_step({.pages = 3999, .copied = 2000, .wanted = 2000, .last_try = 3999, .limit = 1000}),
        step::copy);
    EXPECT_EQ(
        next_step({.pages = 4000, .copied = 2000, .wanted = 2000, .last_try = 4000, .limit = 1000}),
        step::finish);
}

TEST(CheckpointPolicy, AnOldReaderIsNotAskedAtEveryCommit) {
    const wal_state held{
        .pages = 1100, .copied = 400, .wanted = 1000, .last_try = 1050, .limit = 1000};
    EXPECT_EQ(next_step(held), step::none);
    auto later = held;
    later.pages = 1300;
    EXPECT_EQ(next_step(later), step::copy);
}

TEST(CheckpointPolicy, AnIdleWriterLeavesLittleInTheWal) {
    EXPECT_EQ(next_step({.pages = 15, .limit = 1024, .idle = true}), step::none);
    EXPECT_EQ(next_step({.pages = 16, .limit = 1024, .idle = true}), step::copy);
    EXPECT_EQ(next_step({.pages = 1, .limit = 1024, .idle = true, .is_long = true}), step::copy)
        << "so that the next transaction can start it over, and cut it";
    const wal_state held{
        .pages = 100, .copied = 40, .wanted = 100, .last_try = 100, .limit = 1024, .idle = true};
    EXPECT_EQ(next_step(held), step::none) << "an old reader is not asked again and again";
}

TEST(CheckpointPolicy, ACopyASecondOfWhatComesFast) {
    using namespace std::chrono_literals;
    EXPECT_EQ(next_limit(1, 1s, 1000), 1000);
    EXPECT_EQ(next_limit(1500, 500ms, 1000), 3000);
    EXPECT_EQ(next_limit(1500, 1500ms, 1000), 1000);
    EXPECT_EQ(next_limit(1500, 10ms, 1000), 4000);
    EXPECT_EQ(next_limit(1, 0us, 1000), 4000);
}

using Checkpoints = WriterTest;

TEST_F(Checkpoints, AnIdleWriterEmptiesTheWalIntoTheFile) {
    make("CREATE TABLE t(v BLOB)");
    ASSERT_TRUE(run("INSERT INTO t(v) VALUES (zeroblob(4000000))"));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::filesystem::file_size(file()) < 4'000'000 &&
           std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
    }
    EXPECT_GT(std::filesystem::file_size(file()), 4'000'000u);
    EXPECT_EQ(committed("SELECT length(v) FROM t"), 4'000'000);
}

TEST_F(Checkpoints, TheWalStaysBounded) {
    options_.wal_checkpoint_pages = 64;
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(run("INSERT INTO t(v) VALUES (zeroblob(40000))"));
    }
    // 200 commits of 21 pages; it never grows past four limits, each four times what is
    // configured, and a batch, with the zeros that are written behind it.
    EXPECT_LT(std::filesystem::file_size(file().string() + "-wal"), 17u * 64 * 2100 + (256 << 10));
    EXPECT_GT(disk_.file_syncs, 0);
}

struct wal_of_pages {
    std::int64_t page_bytes = 0, limit = 0;
};
class CheckpointsOf : public WriterTest, public testing::WithParamInterface<wal_of_pages> {};
INSTANTIATE_TEST_SUITE_P(Pages, CheckpointsOf,
                         testing::Values(wal_of_pages{512, 60'000}, wal_of_pages{2048, 16'384},
                                         wal_of_pages{65'536, 500}));

TEST_P(CheckpointsOf, TheWalIsCutWhenWritersPauseNotWhileTheyWrite) {
    const auto [page_bytes, limit] = GetParam();
    auto made = sqlite::database::open(file(), sqlite::open_mode::read_write_create, {});
    ASSERT_TRUE(made);
    ASSERT_TRUE((*made)->run("PRAGMA page_size=" + std::to_string(page_bytes) +
                             "; CREATE TABLE t(v BLOB)"));
    made->reset();
    options_.wal_checkpoint_pages = limit;
    const auto wal = file().string() + "-wal";
    // Past the limit: the next transactions start the WAL over.
    ASSERT_TRUE(run("INSERT INTO t(v) VALUES (zeroblob(102400000))"));
    const auto full = std::filesystem::file_size(wal);
    EXPECT_GT(full, 100'000'000u);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (w().metrics().wal_pages.load() >= limit && std::chrono::steady_clock::now() < until) {
        ASSERT_TRUE(run("INSERT INTO t(v) VALUES (NULL)"));
    }
    EXPECT_LT(w().metrics().wal_pages.load(), limit);
    EXPECT_GE(std::filesystem::file_size(wal), full);
    // The first copy seen may be one from before the pause.
    while (std::filesystem::file_size(wal) >= full && std::chrono::steady_clock::now() < until) {
        const auto copies = [&] { return w().metrics().checkpoint.read().count; };
        for (const auto before = copies();
             copies() == before && std::chrono::steady_clock::now() < until;) {
            std::this_thread::yield();
        }
        ASSERT_TRUE(run("INSERT INTO t(v) VALUES (NULL)"));
    }
    EXPECT_LE(std::filesystem::file_size(wal), 64u << 20);
}

TEST_F(Checkpoints, AFailedSyncOfTheFileStopsWritesAndKeepsTheWal) {
    options_.wal_checkpoint_pages = 16;
    make("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
    disk_.file_sync_code = SQLITE_IOERR_FSYNC;
    std::int64_t written = 0;
    result<unit_outcome> last;
    for (int i = 0; i < 100'000 && last; ++i) {
        last = run("INSERT INTO t(v) VALUES (zeroblob(40000))");
        written += last.has_value();
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().sqlstate, sqlstate::io_error);
    EXPECT_TRUE(w().stats().stopped);
    EXPECT_EQ(committed("SELECT count(*) FROM t"), written);
    fault_vfs::reset();
    writer_.reset();
    EXPECT_EQ(committed("SELECT count(*) FROM t"), written);
    EXPECT_TRUE(run("INSERT INTO t(v) VALUES (NULL)"));
}

}  // namespace
}  // namespace historyd::writer
