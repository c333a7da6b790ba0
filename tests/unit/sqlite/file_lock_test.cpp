#include "storage/sqlite/file_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "temporary_directory.hpp"

namespace historyd::sqlite {
namespace {

TEST(FileLock, SecondHolderLearnsOfTheFirst) {
    const temporary_directory dir;
    const auto first = file_lock::acquire(dir.file("history.db"));
    ASSERT_TRUE(first);
    const auto second = file_lock::acquire(dir.file("history.db"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().sqlstate, sqlstate::object_in_use);
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
    EXPECT_NE(second.error().message.find("history.db"), std::string::npos);
}

TEST(FileLock, IsFreeAgainAfterwardsAndLeavesNoFile) {
    const temporary_directory dir;
    { ASSERT_TRUE(file_lock::acquire(dir.file("history.db"))); }
    EXPECT_FALSE(std::filesystem::exists(dir.file("history.db-historyd.lock")));
    EXPECT_TRUE(file_lock::acquire(dir.file("history.db")));
}

TEST(FileLock, AnotherNameOfTheFileIsTheSameLock) {
    const temporary_directory dir;
    std::filesystem::create_symlink(dir.file("real.db"), dir.file("link.db"));
    const auto first = file_lock::acquire(dir.file("real.db"));
    ASSERT_TRUE(first);
    EXPECT_FALSE(file_lock::acquire(dir.file("link.db")));
}

TEST(FileLock, DiesWithItsProcess) {
    const temporary_directory dir;
    const auto child = ::fork();
    if (child == 0) {
        auto lock = file_lock::acquire(dir.file("history.db"));
        ::_exit(lock ? 0 : 1);  // without releasing
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 0);
    EXPECT_TRUE(std::filesystem::exists(dir.file("history.db-historyd.lock")));
    EXPECT_TRUE(file_lock::acquire(dir.file("history.db")));
}

TEST(FileLock, DirectoryThatIsNotThere) {
    const auto lock = file_lock::acquire("/nonexistent/history.db");
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().sqlstate, sqlstate::io_error);
}

}  // namespace
}  // namespace historyd::sqlite
