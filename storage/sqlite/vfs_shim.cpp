#include "storage/sqlite/vfs_shim.hpp"

#include <sqlite3.h>

#include <boost/assert.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "storage/sqlite/configuration.hpp"

namespace historyd::sqlite {

namespace {

// SQLite's own file writes less than 128 KiB at once.
constexpr std::size_t joined_bytes_max = 120 * 1024;
// Of what a checkpoint writes. A COMMIT's sync waits behind all that the disk was given before, so
// one sync of a whole checkpoint is a pause of 10 to 20 ms.
constexpr std::int64_t unsynced_bytes_max = 1 << 20;

std::atomic<metrics::histogram*> target{nullptr};
sqlite3_vfs* underlying = nullptr;
sqlite3_vfs shim;

// SQLite's own method tables (there are a few, by kind of locking) with some methods exchanged.
struct shim_methods {
    const sqlite3_io_methods* original;
    sqlite3_io_methods file, wal;
};
std::mutex tables_mutex;
std::deque<shim_methods> tables;  // guarded by tables_mutex; its elements stay where they are

// Lies behind SQLite's own file object.
struct shim_file {
    const sqlite3_io_methods* original = nullptr;
    std::string joined;  // of the WAL: not yet written
    sqlite3_int64 joined_at = 0;
    std::int64_t unsynced_bytes = 0;  // of the database file, about
};

std::size_t own_offset() {
    constexpr auto alignment = alignof(shim_file);
    const auto size = static_cast<std::size_t>(underlying->szOsFile);
    return (size + alignment - 1) / alignment * alignment;
}

shim_file& own(sqlite3_file* f) {
    return *reinterpret_cast<shim_file*>(reinterpret_cast<char*>(f) + own_offset());
}

int write_joined(sqlite3_file* f) {
    auto& o = own(f);
    if (o.joined.empty()) return SQLITE_OK;
    const int code =
        o.original->xWrite(f, o.joined.data(), static_cast<int>(o.joined.size()), o.joined_at);
    o.joined.clear();  // after a failure SQLite rolls back, and writes these places anew
    return code;
}

int sync(sqlite3_file* f, int flags) {
    using clock = std::chrono::steady_clock;
    if (const int code = write_joined(f); code != SQLITE_OK) return code;
    const auto start = clock::now();
    own(f).unsynced_bytes = 0;
    const int code = own(f).original->xSync(f, flags);
    if (auto* into = target.load(std::memory_order_acquire)) {
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start);
        into->observe(static_cast<std::uint64_t>(took.count()));
    }
    return code;
}

// Only checkpoints write to a database file in WAL mode; the target of a backup is written so too.
int write_database(sqlite3_file* f, const void* data, int bytes, sqlite3_int64 at) {
    auto& o = own(f);
    const int code = o.original->xWrite(f, data, bytes, at);
    o.unsynced_bytes += bytes;
    if (code != SQLITE_OK || o.unsynced_bytes < unsynced_bytes_max) return code;
    return sync(f, SQLITE_SYNC_NORMAL);
}

int close(sqlite3_file* f) {
    auto& o = own(f);
    const int written = write_joined(f);
    const int closed = o.original->xClose(f);
    std::destroy_at(&o);
    return written != SQLITE_OK ? written : closed;
}

int write(sqlite3_file* f, const void* data, int bytes, sqlite3_int64 at) {
    auto& o = own(f);
    const auto size = static_cast<std::size_t>(bytes);
    const bool follows = o.joined_at + static_cast<sqlite3_int64>(o.joined.size()) == at;
    if (!follows || o.joined.size() + size > joined_bytes_max) {
        if (const int code = write_joined(f); code != SQLITE_OK) return code;
    }
    if (size > joined_bytes_max) return o.original->xWrite(f, data, bytes, at);
    if (o.joined.empty()) o.joined_at = at;
    o.joined.append(static_cast<const char*>(data), size);
    return SQLITE_OK;
}

int read(sqlite3_file* f, void* into, int bytes, sqlite3_int64 at) {
    if (const int code = write_joined(f); code != SQLITE_OK) return code;
    return own(f).original->xRead(f, into, bytes, at);
}

int truncate(sqlite3_file* f, sqlite3_int64 bytes) {
    if (const int code = write_joined(f); code != SQLITE_OK) return code;
    return own(f).original->xTruncate(f, bytes);
}

int file_size(sqlite3_file* f, sqlite3_int64* bytes) {
    if (const int code = write_joined(f); code != SQLITE_OK) return code;
    return own(f).original->xFileSize(f, bytes);
}

const shim_methods& methods_of(const sqlite3_io_methods* original) {
    const std::lock_guard lock(tables_mutex);
    for (const auto& known : tables) {
        if (known.original == original) return known;
    }
    auto& added = tables.emplace_back(shim_methods{original, *original, *original});
    added.file.xSync = added.wal.xSync = sync;
    added.file.xClose = added.wal.xClose = close;
    added.file.xWrite = write_database;
    added.wal.xWrite = write;
    added.wal.xRead = read;
    added.wal.xTruncate = truncate;
    added.wal.xFileSize = file_size;
    return added;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
    const int code = underlying->xOpen(underlying, name, f, flags, out_flags);
    const bool is_wal = (flags & SQLITE_OPEN_WAL) != 0;
    const bool syncs = is_wal || (flags & SQLITE_OPEN_MAIN_DB) != 0;
    if (code == SQLITE_OK && syncs && f->pMethods != nullptr) {
        const auto& methods = methods_of(f->pMethods);
        std::construct_at(&own(f))->original = f->pMethods;
        f->pMethods = is_wal ? &methods.wal : &methods.file;
    }
    return code;
}

}  // namespace

vfs_shim::vfs_shim(metrics::histogram& syncs) {
    BOOST_VERIFY(target.exchange(&syncs) == nullptr);
    configure();
    if (underlying == nullptr) {
        underlying = sqlite3_vfs_find(nullptr);
        shim = *underlying;
        shim.zName = "historyd-shim";
        shim.pNext = nullptr;
        shim.szOsFile = static_cast<int>(own_offset() + sizeof(shim_file));
        shim.xOpen = open;
    }
    sqlite3_vfs_register(&shim, 1);
}

vfs_shim::~vfs_shim() {
    sqlite3_vfs_register(underlying, 1);
    target.store(nullptr);
}

}  // namespace historyd::sqlite
