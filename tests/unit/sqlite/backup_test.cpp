#include "storage/sqlite/backup.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "storage/base/value_rows.hpp"
#include "temporary_directory.hpp"

namespace historyd::sqlite {
namespace {

std::unique_ptr<database> open(const std::filesystem::path& file) {
    auto db = database::open(file, open_mode::read_write_create, {});
    EXPECT_TRUE(db);
    return std::move(*db);
}

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

class BackUp : public ::testing::Test {
protected:
    BackUp() {
        EXPECT_TRUE(source_->run("CREATE TABLE t(a TEXT PRIMARY KEY, b TEXT)"));
        EXPECT_TRUE(
            source_->run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                         "2000) INSERT INTO t SELECT i, hex(randomblob(500)) FROM n"));
    }
    std::int64_t rows(database& db) {
        value_rows found;
        EXPECT_TRUE(db.execute("SELECT count(*) FROM t", {}, &found));
        return std::get<std::int64_t>(found.rows.at(0).at(0));
    }

    temporary_directory dir_;
    std::filesystem::path copy_ = dir_.file("copy.db");
    std::unique_ptr<database> source_ = open(dir_.file("source.db"));
};

TEST_F(BackUp, CopiesWhatIsCommitted) {
    ASSERT_TRUE(source_->run("PRAGMA journal_mode=WAL; INSERT INTO t VALUES ('in the WAL', '')"));
    const auto other = open(dir_.file("source.db"));
    ASSERT_TRUE(other->run("BEGIN IMMEDIATE; INSERT INTO t VALUES ('not committed', '')"));
    ASSERT_TRUE(back_up(*source_, copy_, {}));
    EXPECT_EQ(rows(*open(copy_)), 2001);
}

TEST_F(BackUp, HasTheModeOfTheOriginal) {
    using std::filesystem::perms;
    const auto mode = perms::owner_read | perms::owner_write | perms::group_read;
    std::filesystem::permissions(dir_.file("source.db"), mode);
    ASSERT_TRUE(back_up(*source_, copy_, {}));
    EXPECT_EQ(std::filesystem::status(copy_).permissions(), mode);
}

TEST_F(BackUp, NeverReplacesAFile) {
    std::ofstream(copy_) << "mine";
    const auto done = back_up(*source_, copy_, {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::duplicate_object);
    EXPECT_EQ(std::filesystem::file_size(copy_), 4u);
}

TEST_F(BackUp, ADamagedFileGivesNoCopy) {
    source_.reset();
    {
        std::fstream file(dir_.file("source.db"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(40 * 4096);
        file << std::string(8192, '\x55');
    }
    source_ = open(dir_.file("source.db"));
    const auto before = files_in(copy_.parent_path());
    const auto done = back_up(*source_, copy_, {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::data_corrupted);
    EXPECT_EQ(files_in(copy_.parent_path()), before);
}

TEST_F(BackUp, ALeftOverOfACrashIsNotInTheWay) {
    std::ofstream(copy_.string() + ".partial") << "half a copy";
    ASSERT_TRUE(back_up(*source_, copy_, {}));
    EXPECT_EQ(rows(*open(copy_)), 2000);
    EXPECT_FALSE(std::filesystem::exists(copy_.string() + ".partial"));
}

}  // namespace
}  // namespace historyd::sqlite
