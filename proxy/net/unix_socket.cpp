#include "proxy/net/unix_socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace historyd::net {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void cannot_listen(const fs::path& path, const std::string& why) {
    throw std::runtime_error("cannot listen on " + path.string() + ": " + why);
}

[[noreturn]] void cannot_listen(const fs::path& path, int error) {
    cannot_listen(path, std::string(std::strerror(error)));
}

[[noreturn]] void held_by(const fs::path& path, pid_t holder) {
    cannot_listen(path, holder > 0 ? "process " + std::to_string(holder) + " holds it"
                                   : std::string("another process holds it"));
}

// First line of the lock file. Returns: 0 when it has none.
pid_t recorded_pid(int lock) {
    char line[16];
    const auto n = ::pread(lock, line, sizeof line, 0);
    pid_t pid = 0;
    if (n > 0) std::from_chars(line, line + n, pid);
    return pid > 0 ? pid : 0;
}

bool is_alive(pid_t pid) { return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM); }

sockaddr_un address_of(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) {
        cannot_listen(path, "the path is longer than " +
                                std::to_string(sizeof address.sun_path - 1) + " bytes");
    }
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    return address;
}

bool somebody_accepts(const sockaddr_un& address) {
    const unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        return true;
    }
    return errno == EAGAIN;  // a listener whose queue is full
}

// Takes the lock file, making it when needed. The name may be taken away between opening and
// locking, by a holder that is just leaving; then once more.
unique_fd take_lock(const fs::path& path, const fs::path& lock_path) {
    for (;;) {
        unique_fd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (lock.get() < 0) cannot_listen(path, errno);
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) held_by(path, recorded_pid(lock.get()));
            cannot_listen(path, errno);
        }
        struct stat held {
        }, named{};
        if (::fstat(lock.get(), &held) == 0 && ::stat(lock_path.c_str(), &named) == 0 &&
            held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
            return lock;
        }
    }
}

// Lock file: process id, storage file, start time (seconds), port, socket directory, one a line
void write_lock(int lock, const fs::path& path, const fs::path& storage, unsigned port) {
    const std::string text = std::to_string(::getpid()) + "\n" + fs::absolute(storage).string() +
                             "\n" + std::to_string(::time(nullptr)) + "\n" + std::to_string(port) +
                             "\n" + path.parent_path().string() + "\n";
    if (::ftruncate(lock, 0) != 0 ||
        ::pwrite(lock, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        cannot_listen(path, errno);
    }
}

}  // namespace

unix_socket::unix_socket(const fs::path& directory, unsigned port, const fs::path& storage)
    : path_(directory / (".s.PGSQL." + std::to_string(port))),
      lock_path_(path_.string() + ".lock") {
    const auto address = address_of(path_);
    lock_ = take_lock(path_, lock_path_);
    // flock() says nothing about a PostgreSQL server; a living process that answers does.
    const auto recorded = recorded_pid(lock_.get());
    if (recorded != ::getpid() && is_alive(recorded) && somebody_accepts(address)) {
        held_by(path_, recorded);
    }
    write_lock(lock_.get(), path_, storage, port);
    ::unlink(path_.c_str());
    listening_ = unique_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (listening_.get() < 0 ||
        ::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0 ||
        ::chmod(path_.c_str(), 0777) != 0 || ::listen(listening_.get(), SOMAXCONN) != 0) {
        const int error = errno;
        ::unlink(path_.c_str());
        ::unlink(lock_path_.c_str());
        cannot_listen(path_, error);
    }
}

unix_socket::~unix_socket() {
    if (lock_.get() < 0) return;  // moved from
    // The lock file last: until it is gone nobody else makes the socket.
    ::unlink(path_.c_str());
    ::unlink(lock_path_.c_str());
}

}  // namespace historyd::net
