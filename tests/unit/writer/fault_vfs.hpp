#pragma once

#include <atomic>
#include <cstdint>

// SQLite's default VFS with a shim that counts and fails: syncs and writes of the WAL, of the
// database file and of temporary files, as a broken or full disk would.

namespace historyd::fault_vfs {

// What has happened, and what is to happen, since the last reset(). Any thread.
struct state {
    std::atomic<std::int64_t> wal_syncs{0}, file_syncs{0}, wal_writes{0};
    // SQLITE_OK: work. Else the code every such call returns from now on.
    std::atomic<int> wal_sync_code{0}, wal_write_code{0}, file_sync_code{0},
        temporary_write_code{0};
    std::atomic<int> sync_takes_us{0};  // what a sync of the WAL costs, as on a disk
};

// Makes the shim the process's default VFS. Idempotent.
state& install();
void reset();

}  // namespace historyd::fault_vfs
