#include "storage/sqlite/sync_timer.hpp"

#include <gtest/gtest.h>

#include "storage/sqlite/database.hpp"
#include "tests/unit/sqlite/temporary_directory.hpp"

namespace historyd::sqlite {

namespace {

std::unique_ptr<database> open_wal(const std::filesystem::path& file) {
    auto db = database::open(file, open_mode::read_write_create, {});
    EXPECT_TRUE(db);
    EXPECT_TRUE((*db)->run("PRAGMA journal_mode = WAL"));
    EXPECT_TRUE((*db)->run("PRAGMA synchronous = FULL"));
    return std::move(*db);
}

TEST(SyncTimer, SeesEverySyncOfACommit) {
    const temporary_directory folder;
    metrics::duration_histogram syncs;
    const sync_timer timer(syncs);
    const auto db = open_wal(folder.file("a.db"));
    ASSERT_TRUE(db->run("CREATE TABLE t (a)"));
    const auto before = syncs.read().count;
    ASSERT_TRUE(db->run("INSERT INTO t VALUES (1)"));
    EXPECT_EQ(syncs.read().count, before + 1) << "the WAL's";
    ASSERT_TRUE(db->run("PRAGMA wal_checkpoint"));
    EXPECT_GT(syncs.read().count, before + 2) << "the file's";
}

TEST(SyncTimer, LeavesNothingBehind) {
    const temporary_directory folder;
    metrics::duration_histogram first, second;
    std::unique_ptr<database> survivor;
    {
        const sync_timer timer(first);
        survivor = open_wal(folder.file("a.db"));
        ASSERT_TRUE(survivor->run("CREATE TABLE t (a)"));
    }
    const auto counted = first.read().count;
    ASSERT_TRUE(survivor->run("INSERT INTO t VALUES (1)"));
    EXPECT_EQ(first.read().count, counted);
    const sync_timer timer(second);
    ASSERT_TRUE(open_wal(folder.file("b.db"))->run("CREATE TABLE t (a)"));
    EXPECT_GT(second.read().count, 0u);
}

}  // namespace

}  // namespace historyd::sqlite
