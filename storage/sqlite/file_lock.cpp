#include "storage/sqlite/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace historyd::sqlite {

namespace {

std::string errno_text(int code) { return std::generic_category().message(code); }

// The process ID in the lock file. Returns: empty when the holder has not written it yet.
std::string holder(int descriptor) {
    std::array<char, 24> text{};
    const auto length = ::pread(descriptor, text.data(), text.size(), 0);
    std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return pid.substr(0, pid.find('\n'));
}

// Two names of one file must meet at one lock, even while the file is yet to be made.
std::filesystem::path real_name(std::filesystem::path path) {
    std::error_code code;
    for (int links = 0; links < 40 && std::filesystem::is_symlink(path, code); ++links) {
        auto target = std::filesystem::read_symlink(path, code);
        if (code) break;
        path = path.parent_path() / target;
    }
    auto canonical = std::filesystem::weakly_canonical(path, code);
    return code ? path : canonical;
}

// Between open() and flock() the holder may have removed the file: that lock would guard nothing.
bool is_still_there(int descriptor, const std::filesystem::path& path) {
    struct stat ours {
    }, theirs{};
    return ::fstat(descriptor, &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 &&
           ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

}  // namespace

result<file_lock> file_lock::acquire(const std::filesystem::path& database_file) {
    auto path = real_name(database_file);
    path += "-historyd.lock";
    for (;;) {
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor < 0) {
            const int why = errno;
            sql_error refused(sqlstate::io_error, "could not create lock file \"" + path.string() +
                                                      "\": " + errno_text(why));
            if (why != EROFS && why != EACCES) return refused;
            return std::move(refused).with_hint(
                "historyd writes beside the file it serves: a folder that can be written to is "
                "needed. \"historyd export\" reads it where it is.");
        }
        file_lock lock(descriptor, path);
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            const int why = errno;
            lock.path_.clear();  // not ours to remove
            if (why == EINTR) continue;
            if (why != EWOULDBLOCK) {
                return sql_error(sqlstate::io_error,
                                 "could not lock \"" + path.string() + "\": " + errno_text(why));
            }
            const auto pid = holder(descriptor);
            return sql_error(sqlstate::object_in_use,
                             "\"" + database_file.string() + "\" is already served by historyd" +
                                 (pid.empty() ? "" : " with process ID " + pid));
        }
        if (!is_still_there(descriptor, path)) {
            lock.path_.clear();
            continue;
        }
        const auto pid = std::to_string(::getpid()) + "\n";
        if (::ftruncate(descriptor, 0) != 0 ||
            ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
            return sql_error(sqlstate::io_error, "could not write lock file \"" + path.string() +
                                                     "\": " + errno_text(errno));
        }
        return lock;
    }
}

file_lock::file_lock(int descriptor, std::filesystem::path path)
    : descriptor_(descriptor), path_(std::move(path)) {}

file_lock::file_lock(file_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

file_lock& file_lock::operator=(file_lock&& other) noexcept {
    if (this != &other) {
        release();
        descriptor_ = std::exchange(other.descriptor_, -1);
        path_ = std::move(other.path_);
    }
    return *this;
}

file_lock::~file_lock() { release(); }

void file_lock::release() {
    if (descriptor_ < 0) return;
    if (!path_.empty()) ::unlink(path_.c_str());  // while the lock is still ours
    ::close(std::exchange(descriptor_, -1));
}

}  // namespace historyd::sqlite
