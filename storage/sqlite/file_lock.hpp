#pragma once

#include <filesystem>

#include "storage/base/sql_error.hpp"

namespace historyd::sqlite {

// One historyd for a database file: an advisory lock on "<file>-historyd.lock", a file of its own
// so that SQLite's locks, and other programs that open the database, are left alone. The kernel
// frees it when the process dies; the file holds the holder's process ID as decimal text.
class file_lock {
public:
    // Returns: 55006 that names the holder when another historyd (or another writer of this
    // process) has it; 58030 when the lock file cannot be created.
    static result<file_lock> acquire(const std::filesystem::path& database_file);

    file_lock(file_lock&& other) noexcept;
    file_lock& operator=(file_lock&& other) noexcept;
    ~file_lock();

private:
    file_lock(int descriptor, std::filesystem::path path);
    void release();

    int descriptor_ = -1;
    std::filesystem::path path_;
};

}  // namespace historyd::sqlite
