#include "storage/transfer/partial_file.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace historyd::transfer {

namespace {

// Returns: fewer than `count` bytes at the end of the file only; -1 with errno.
ssize_t read_all(int file, char* out, std::size_t count, off_t at) {
    std::size_t done = 0;
    while (done < count) {
        const auto got = ::pread(file, out + done, count - done, at + static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(done);
}

}  // namespace

sql_error partial_file::failed(std::string_view what) const {
    return {errno == ENOSPC || errno == EDQUOT ? sqlstate::disk_full : sqlstate::io_error,
            "could not " + std::string(what) + " \"" + path_ +
                "\": " + std::system_category().message(errno)};
}

result<partial_file> partial_file::open(const std::string& name, std::string_view beginning) {
    const auto path = name + ".partial";
    partial_file out(name, path,
                     unique_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)));
    if (out.file_.get() < 0) return out.failed("open");
    if (::flock(out.file_.get(), LOCK_EX | LOCK_NB) != 0) {
        return sql_error(sqlstate::object_in_use, "another process is writing \"" + path + "\"");
    }
    std::string head(beginning.size(), '\0');
    const auto got = read_all(out.file_.get(), head.data(), head.size(), 0);
    if (got < 0) return out.failed("read");
    if (!beginning.starts_with(std::string_view(head).substr(0, static_cast<std::size_t>(got)))) {
        return sql_error(sqlstate::duplicate_object,
                         "\"" + path + "\" is there already, and no part of an export")
            .with_hint("Move it out of the way, or give another name.");
    }
    return out;
}

// Returns: how many of the first of `bytes` the file has at this place.
result<std::size_t> partial_file::compare(std::string_view bytes) const {
    std::string there(bytes.size(), '\0');
    const auto got = read_all(file_.get(), there.data(), there.size(), offset_);
    if (got < 0) return failed("read");
    const auto end = there.begin() + got;
    return static_cast<std::size_t>(std::mismatch(there.begin(), end, bytes.begin()).first -
                                    there.begin());
}

result<void> partial_file::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(file_.get(), bytes.data(), bytes.size(), offset_);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("write");
        offset_ += count;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

result<std::size_t> partial_file::write(std::string_view bytes) {
    std::size_t there = 0;
    if (comparing_) {
        auto same = compare(bytes);
        if (!same) return same;
        there = *same;
        offset_ += static_cast<off_t>(there);
        comparing_ = there == bytes.size();
        if (!comparing_ && ::ftruncate(file_.get(), offset_) != 0) return failed("write");
    }
    if (auto written = append(bytes.substr(there)); !written) return written.error();
    return there;
}

result<void> partial_file::finish() {
    if (::ftruncate(file_.get(), offset_) != 0) return failed("write");
    if (::fsync(file_.get()) != 0) return failed("sync");
    return {};
}

result<void> partial_file::publish() {
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, name_.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno != EEXIST) return failed("name");
        return sql_error(sqlstate::duplicate_object, "\"" + name_ + "\" is there already");
    }
    const auto folder = std::filesystem::path(name_).parent_path();
    const unique_fd opened(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0 || ::fsync(opened.get()) != 0) return failed("sync the folder of");
    return {};
}

}  // namespace historyd::transfer
