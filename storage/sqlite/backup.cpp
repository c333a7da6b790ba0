#include "storage/sqlite/backup.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "storage/base/value_rows.hpp"

namespace historyd::sqlite {

namespace {

// What the file system needs beside the copy itself: its journal, directory blocks.
constexpr std::uintmax_t spare_bytes = 1 << 20;

struct backup_finisher {
    void operator()(sqlite3_backup* b) const { sqlite3_backup_finish(b); }
};

// The copy until it has its name; removed with SQLite's files beside it if it never gets one.
class partial_copy {
public:
    explicit partial_copy(const std::filesystem::path& destination)
        : path_(destination.string() + ".partial") {
        remove();
    }
    partial_copy(const partial_copy&) = delete;
    partial_copy& operator=(const partial_copy&) = delete;
    ~partial_copy() { remove(); }
    const std::filesystem::path& path() const { return path_; }

private:
    void remove() const {
        std::error_code ignored;
        for (const auto* suffix : {"", "-journal", "-wal", "-shm"}) {
            std::filesystem::remove(path_.string() + suffix, ignored);
        }
    }
    std::filesystem::path path_;
};

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

sql_error failed(std::string_view what, const std::filesystem::path& path, int error) {
    return {error == ENOSPC ? sqlstate::disk_full : sqlstate::io_error,
            "could not " + std::string(what) + " \"" + path.string() +
                "\": " + std::system_category().message(error)};
}

result<std::int64_t> number(database& db, const std::string& pragma) {
    value_rows rows;
    if (auto read = db.execute("PRAGMA " + pragma, {}, &rows); !read) return read.error();
    return std::get<std::int64_t>(rows.rows.at(0).at(0));
}

result<void> check_space(database& source, const std::filesystem::path& destination) {
    const auto pages = number(source, "page_count"), bytes = number(source, "page_size");
    if (!pages) return pages.error();
    if (!bytes) return bytes.error();
    const auto needed = static_cast<std::uintmax_t>(*pages * *bytes) + spare_bytes;
    std::error_code error;
    const auto space = std::filesystem::space(folder_of(destination), error);
    if (error) return failed("look at the disk of", destination, error.value());
    if (space.available >= needed) return {};
    return sql_error(sqlstate::disk_full, "no room for the copy \"" + destination.string() + "\"")
        .with_detail("It needs " + std::to_string(needed) + " bytes, " +
                     std::to_string(space.available) + " are free.");
}

result<void> copy_pages(database& source, database& copy) {
    const std::unique_ptr<sqlite3_backup, backup_finisher> backup(
        sqlite3_backup_init(copy.handle(), "main", source.handle(), "main"));
    if (backup == nullptr) return error_from(copy, sqlite3_errcode(copy.handle()), nullptr);
    // In one step: a copy in pieces begins anew whenever another program commits.
    const int code = sqlite3_backup_step(backup.get(), -1);
    if (code == SQLITE_DONE) return {};
    return sql_error(code == SQLITE_FULL   ? sqlstate::disk_full
                     : code == SQLITE_BUSY ? sqlstate::lock_not_available
                                           : sqlstate::io_error,
                     std::string("could not copy the database: ") + sqlite3_errstr(code));
}

result<void> check_integrity(database& copy) {
    value_rows rows;
    if (auto read = copy.execute("PRAGMA integrity_check(10)", {}, &rows); !read) {
        return read.error();
    }
    if (rows.rows.size() == 1 && rows.rows[0].at(0) == value("ok")) return {};
    sql_error damaged(sqlstate::data_corrupted, "the copy of the database is damaged");
    for (const auto& row : rows.rows) {
        if (const auto* text = std::get_if<std::string>(&row.at(0))) {
            damaged.detail += (damaged.detail.empty() ? "" : "; ") + *text;
        }
    }
    return damaged;
}

result<void> sync(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return failed("open", path, errno);
    const int error = ::fsync(file) == 0 ? 0 : errno;
    ::close(file);
    if (error != 0) return failed("sync", path, error);
    return {};
}

// Readable by whom the original was.
result<void> copy_mode(database& source, const std::filesystem::path& copy) {
    struct stat original {};
    const char* name = sqlite3_db_filename(source.handle(), "main");
    if (::stat(name, &original) != 0) return failed("look at", name, errno);
    if (::chmod(copy.c_str(), original.st_mode & 0777) != 0) {
        return failed("set the mode of", copy, errno);
    }
    return {};
}

result<void> name(const std::filesystem::path& copy, const std::filesystem::path& destination) {
    if (::renameat2(AT_FDCWD, copy.c_str(), AT_FDCWD, destination.c_str(), RENAME_NOREPLACE) == 0) {
        return sync(folder_of(destination));
    }
    if (errno != EEXIST) return failed("name the copy", destination, errno);
    return sql_error(sqlstate::duplicate_object,
                     "\"" + destination.string() + "\" is there already");
}

}  // namespace

result<void> back_up(database& source, const std::filesystem::path& destination,
                     std::span<const database::extension> extensions) {
    if (std::filesystem::exists(destination)) {
        return sql_error(sqlstate::duplicate_object,
                         "\"" + destination.string() + "\" is there already");
    }
    if (auto fits = check_space(source, destination); !fits) return fits;
    const partial_copy partial(destination);
    {
        auto copy = database::open(partial.path(), open_mode::read_write_create, extensions);
        if (!copy) return copy.error();
        if (auto copied = copy_pages(source, **copy); !copied) return copied;
        if (auto sound = check_integrity(**copy); !sound) return sound;
    }
    if (auto set = copy_mode(source, partial.path()); !set) return set;
    if (auto synced = sync(partial.path()); !synced) return synced;
    return name(partial.path(), destination);
}

}  // namespace historyd::sqlite
