#include "proxy/net/unix_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "tests/unit/net/temporary_directory.hpp"
#include "tests/unit/net/test_client.hpp"

namespace historyd::net {

namespace {

using testing::HasSubstr;

class unix_socket_files : public testing::Test {
protected:
    std::string error() {
        try {
            const unix_socket opened(directory.path(), 5499, "history.db");
        } catch (const std::runtime_error& e) {
            return e.what();
        }
        return "none";
    }

    temporary_directory directory;
    std::filesystem::path socket = directory.path() / ".s.PGSQL.5499";
    std::filesystem::path lock = directory.path() / ".s.PGSQL.5499.lock";
};

// Another process that has run `prepare`; killed when it goes out of scope.
class other_process {
public:
    explicit other_process(const std::function<void()>& prepare) {
        int ready[2];
        if (::pipe(ready) != 0) throw std::runtime_error("pipe");
        pid_ = ::fork();
        if (pid_ == 0) {
            prepare();
            (void)!::write(ready[1], "r", 1);
            for (;;) ::pause();
        }
        char byte = 0;
        (void)!::read(ready[0], &byte, 1);
        ::close(ready[0]);
        ::close(ready[1]);
    }
    other_process(const other_process&) = delete;
    other_process& operator=(const other_process&) = delete;
    ~other_process() { die(); }

    pid_t pid() const { return pid_; }
    void die() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    pid_t pid_ = 0;
};

TEST_F(unix_socket_files, made_as_postgresql_does) {
    {
        const unix_socket opened(directory.path(), 5499, "history.db");
        EXPECT_EQ(opened.path(), socket);
        struct stat s {};
        ASSERT_EQ(::stat(socket.c_str(), &s), 0);
        EXPECT_TRUE(S_ISSOCK(s.st_mode));
        EXPECT_EQ(s.st_mode & 07777, 0777u);
        ASSERT_EQ(::stat(lock.c_str(), &s), 0);
        EXPECT_EQ(s.st_mode & 07777, 0600u);
        std::ifstream in(lock);
        std::string pid, storage, started, port, in_directory;
        in >> pid >> storage >> started >> port >> in_directory;
        EXPECT_EQ(pid, std::to_string(::getpid()));
        EXPECT_EQ(storage, std::filesystem::absolute("history.db").string());
        EXPECT_EQ(port, "5499");
        EXPECT_EQ(in_directory, directory.path().string());
        EXPECT_TRUE(test_client(socket).connected());
    }
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST_F(unix_socket_files, held_by_this_process) {
    const unix_socket first(directory.path(), 5499, "history.db");
    EXPECT_EQ(error(), "cannot listen on " + socket.string() + ": process " +
                           std::to_string(::getpid()) + " holds it");
    EXPECT_TRUE(test_client(socket).connected()) << "the holder was disturbed";
    const unix_socket elsewhere(directory.path(), 5498, "history.db");
}

TEST_F(unix_socket_files, held_by_another_process_until_it_dies) {
    other_process holder([&] {
        new unix_socket(directory.path(), 5499, "history.db");  // never destroyed: it is killed
    });
    EXPECT_EQ(error(), "cannot listen on " + socket.string() + ": process " +
                           std::to_string(holder.pid()) + " holds it");
    holder.die();
    ASSERT_TRUE(std::filesystem::exists(socket)) << "nothing stale to recover";
    EXPECT_EQ(error(), "none");
}

// A PostgreSQL server does not lock its lock file; that it answers is enough.
TEST_F(unix_socket_files, held_by_a_postgresql_server) {
    const other_process server([&] {
        const auto made = new unix_socket(directory.path(), 5499, "history.db");
        std::ofstream(lock.string() + ".new") << ::getpid() << "\n";
        std::filesystem::rename(lock.string() + ".new", lock);  // another file: not locked
        (void)made;
    });
    EXPECT_THAT(error(), HasSubstr("process " + std::to_string(server.pid()) + " holds it"));
}

// Process ids are small and alike in containers: the one in a stale lock file is often in use.
TEST_F(unix_socket_files, stale_files_whose_process_id_lives_again) {
    const other_process bystander([] {});
    std::ofstream(lock) << bystander.pid() << "\n/old/history.db\n";
    std::ofstream(socket) << "left behind";
    EXPECT_EQ(error(), "none");
}

TEST_F(unix_socket_files, a_lock_file_of_garbage) {
    std::ofstream(lock) << "no number";
    EXPECT_EQ(error(), "none");
}

TEST_F(unix_socket_files, cannot_be_made) {
    EXPECT_THROW(unix_socket("/nonexistent/directory", 5499, "history.db"), std::runtime_error);
    EXPECT_THROW(unix_socket(directory.path() / std::string(120, 'd'), 5499, "history.db"),
                 std::runtime_error);
    std::filesystem::create_directory(socket);
    EXPECT_THAT(error(), HasSubstr("cannot listen on"));
    EXPECT_FALSE(std::filesystem::exists(lock)) << "the failure left a lock behind";
}

TEST_F(unix_socket_files, the_descriptor_may_be_handed_over) {
    unix_socket opened(directory.path(), 5499, "history.db");
    const unique_fd fd(opened.release());
    EXPECT_GE(fd.get(), 0);
    EXPECT_TRUE(test_client(socket).connected());
}

}  // namespace

}  // namespace historyd::net
