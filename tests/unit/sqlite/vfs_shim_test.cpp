#include "storage/sqlite/vfs_shim.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "storage/base/value_rows.hpp"
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

class VfsShim : public testing::Test {
protected:
    std::uintmax_t wal_bytes() const {
        return std::filesystem::file_size(folder_.file("a.db-wal"));
    }

    const temporary_directory folder_;
    metrics::duration_histogram syncs_;
    const vfs_shim shim_{syncs_};
    const std::unique_ptr<database> db_ = open_wal(folder_.file("a.db"));
};

TEST_F(VfsShim, SeesEverySyncOfACommit) {
    ASSERT_TRUE(db_->run("CREATE TABLE t (a)"));
    const auto before = syncs_.read().count;
    ASSERT_TRUE(db_->run("INSERT INTO t VALUES (1)"));
    EXPECT_EQ(syncs_.read().count, before + 1) << "the WAL's";
    ASSERT_TRUE(db_->run("PRAGMA wal_checkpoint"));
    EXPECT_GT(syncs_.read().count, before + 2) << "the file's";
}

TEST(VfsShims, LeaveNothingBehind) {
    const temporary_directory folder;
    metrics::duration_histogram first, second;
    std::unique_ptr<database> survivor;
    {
        const vfs_shim shim(first);
        survivor = open_wal(folder.file("a.db"));
        ASSERT_TRUE(survivor->run("CREATE TABLE t (a)"));
    }
    const auto counted = first.read().count;
    ASSERT_TRUE(survivor->run("INSERT INTO t VALUES (1)"));
    EXPECT_EQ(first.read().count, counted);
    const vfs_shim shim(second);
    ASSERT_TRUE(open_wal(folder.file("b.db"))->run("CREATE TABLE t (a)"));
    EXPECT_GT(second.read().count, 0u);
}

TEST_F(VfsShim, SyncsACheckpointPieceByPiece) {
    ASSERT_TRUE(db_->run("PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)"));
    ASSERT_TRUE(db_->run("INSERT INTO t VALUES (zeroblob(10500000))"));
    const auto before = syncs_.read().count;
    ASSERT_TRUE(db_->run("PRAGMA wal_checkpoint"));
    EXPECT_EQ(syncs_.read().count, before + 1 + 20 + 1)
        << "the WAL, ten MiB by halves, and the rest";
}

// Calls of write() and the like by this process: proc(5), /proc/pid/io.
std::int64_t write_calls() {
    std::ifstream io("/proc/self/io");
    std::string name;
    for (std::int64_t count = 0; io >> name >> count;) {
        if (name == "syscw:") return count;
    }
    return -1;
}

std::string single(database& db, const std::string& sql) {
    value_rows rows;
    EXPECT_TRUE(db.execute(sql, {}, &rows));
    const auto& v = rows.rows.at(0).at(0);
    const auto* number = std::get_if<std::int64_t>(&v);
    return number != nullptr ? std::to_string(*number) : std::get<std::string>(v);
}

std::string insert_pages(int count) {
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(count) + ") INSERT INTO t SELECT randomblob(4000) FROM n";
}
const std::string thousand_pages = insert_pages(1000);

TEST_F(VfsShim, JoinsWhatATransactionWritesToTheWal) {
    ASSERT_TRUE(db_->run("PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)"));
    const auto before = write_calls();
    ASSERT_TRUE(db_->run(thousand_pages));
    const auto calls = write_calls() - before;
    EXPECT_GT(calls, 1000 * 4000 / (128 << 10));
    EXPECT_LT(calls, 100) << "SQLite alone makes two for each of the thousand pages";
    const auto other = open_wal(folder_.file("a.db"));
    EXPECT_EQ(single(*other, "SELECT count(*) FROM t"), "1000");
    EXPECT_EQ(single(*other, "PRAGMA integrity_check"), "ok");
}

TEST_F(VfsShim, ReadsBackWhatATransactionWroteBeforeItsEnd) {
    // Ten pages of cache: the others go to the WAL before COMMIT, and are read from there.
    ASSERT_TRUE(db_->run("PRAGMA cache_size = 10; CREATE TABLE t (a); CREATE INDEX i ON t (a)"));
    ASSERT_TRUE(db_->run("BEGIN"));
    ASSERT_TRUE(db_->run(thousand_pages));
    ASSERT_TRUE(
        db_->run("SAVEPOINT s; DELETE FROM t; ROLLBACK TO s; UPDATE t SET a = zeroblob(3000)"));
    EXPECT_EQ(single(*db_, "SELECT sum(length(a)) FROM t"), "3000000");
    ASSERT_TRUE(db_->run("COMMIT"));
    const auto other = open_wal(folder_.file("a.db"));
    EXPECT_EQ(single(*other, "SELECT sum(length(a)) FROM t INDEXED BY i"), "3000000");
    EXPECT_EQ(single(*other, "PRAGMA integrity_check"), "ok");
}

TEST_F(VfsShim, ForgetsWhatWasRolledBackBeforeAnotherConnectionWritesThere) {
    // With ten pages of cache some go to the WAL before the end, which begins anew after a
    // checkpoint.
    ASSERT_TRUE(db_->run("PRAGMA cache_size = 10; CREATE TABLE t (a); PRAGMA wal_checkpoint"));
    ASSERT_TRUE(db_->run("BEGIN"));
    ASSERT_TRUE(db_->run(insert_pages(20)));
    ASSERT_TRUE(db_->run("ROLLBACK"));
    const auto other = open_wal(folder_.file("a.db"));
    ASSERT_TRUE(other->run(insert_pages(20)));
    EXPECT_EQ(single(*db_, "SELECT count(*) FROM t WHERE length(a) = 4000"), "20");
    EXPECT_EQ(single(*db_, "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(single(*open_wal(folder_.file("a.db")), "PRAGMA integrity_check"), "ok");
}

TEST_F(VfsShim, LengthensTheWalAheadOfSmallTransactions) {
    ASSERT_TRUE(db_->run("PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)"));
    const auto length = wal_bytes();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(db_->run("INSERT INTO t VALUES (zeroblob(3000))"));
    EXPECT_EQ(wal_bytes(), length);
    // As a crash leaves it: what is behind the last COMMIT counts for nothing.
    std::filesystem::copy_file(folder_.file("a.db"), folder_.file("b.db"));
    std::filesystem::copy_file(folder_.file("a.db-wal"), folder_.file("b.db-wal"));
    const auto recovered = open_wal(folder_.file("b.db"));
    EXPECT_EQ(single(*recovered, "SELECT count(*) FROM t"), "20");
    EXPECT_EQ(single(*recovered, "PRAGMA integrity_check"), "ok");
}

TEST_F(VfsShim, LengthensTheWalOnlyInATransaction) {
    ASSERT_TRUE(db_->run("PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)"));
    ASSERT_TRUE(db_->run(thousand_pages));
    EXPECT_LT(wal_bytes(), 5'000'000u) << "a large one lengthens it by itself alone";
    // At its end: some of the pages go there before the transaction does.
    ASSERT_TRUE(db_->run("PRAGMA cache_size = 10; BEGIN"));
    ASSERT_TRUE(db_->run(insert_pages(20)));
    ASSERT_TRUE(db_->run("ROLLBACK"));
    // Now others may write there, and a checkpoint syncs it.
    const auto length = wal_bytes();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(db_->run("PRAGMA wal_checkpoint"));
    EXPECT_EQ(wal_bytes(), length);
}

}  // namespace

}  // namespace historyd::sqlite
