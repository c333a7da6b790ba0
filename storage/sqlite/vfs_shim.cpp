#include "storage/sqlite/vfs_shim.hpp"

#include <sqlite3.h>

#include <boost/assert.hpp>

#include <array>
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
constexpr std::int64_t unsynced_bytes_max = 512 << 10;

// A sync of the WAL waits for the file system's own records too when its file has become longer,
// half as long again (207 against 132 us for 12 KB). So a small transaction at the file's end takes
// zeros along for those that follow it; a large one would pay more for zeros than it gains.
constexpr std::int64_t small_transaction_bytes = 64 << 10;
constexpr sqlite3_int64 zeros_ahead_bytes = 256 << 10;
constexpr std::array<char, 64 << 10> zeros{};

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
    sqlite3_file* partner = nullptr;  // the WAL of a database file, and the other way about
    std::string joined;               // of the WAL: not yet written
    sqlite3_int64 joined_at = 0;
    sqlite3_int64 end = 0, file_bytes = 0;  // of the WAL: of the last write; of the file, at least
    std::int64_t unsynced_bytes = 0;        // about
};

std::size_t own_offset() {
    constexpr auto alignment = alignof(shim_file);
    const auto size = static_cast<std::size_t>(underlying->szOsFile);
    return (size + alignment - 1) / alignment * alignment;
}

shim_file& own(sqlite3_file* f) {
    return *reinterpret_cast<shim_file*>(reinterpret_cast<char*>(f) + own_offset());
}

int write_wal(sqlite3_file* f, const void* data, std::size_t size, sqlite3_int64 at) {
    auto& o = own(f);
    o.end = at + static_cast<sqlite3_int64>(size);
    o.unsynced_bytes += static_cast<std::int64_t>(size);
    return o.original->xWrite(f, data, static_cast<int>(size), at);
}

int write_joined(sqlite3_file* f) {
    auto& o = own(f);
    if (o.joined.empty()) return SQLITE_OK;
    const int code = write_wal(f, o.joined.data(), o.joined.size(), o.joined_at);
    o.joined.clear();  // after a failure SQLite rolls back, and writes these places anew
    return code;
}

int sync(sqlite3_file* f, int flags) {
    using clock = std::chrono::steady_clock;
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

// Requires: this connection has the write lock, so that nothing that counts lies behind what it
// wrote. SQLite takes zeros for the end, as it does the remains of a longer WAL.
void write_zeros(sqlite3_file* f) {
    auto& o = own(f);
    if (o.end <= o.file_bytes) return;
    if (o.original->xFileSize(f, &o.file_bytes) != SQLITE_OK || o.end < o.file_bytes) return;
    const auto until = o.end + zeros_ahead_bytes;
    while (o.file_bytes < until) {
        // Where there is no room for them it goes on without.
        if (o.original->xWrite(f, zeros.data(), zeros.size(), o.file_bytes) != SQLITE_OK) return;
        o.file_bytes += zeros.size();
    }
}

int sync_wal(sqlite3_file* f, int flags) {
    if (const int code = write_joined(f); code != SQLITE_OK) return code;
    // A checkpoint syncs the WAL too, without that lock, and has written nothing to it.
    const auto written = own(f).unsynced_bytes;
    if (written > 0 && written <= small_transaction_bytes) write_zeros(f);
    return sync(f, flags);
}

// Only checkpoints write to a database file in WAL mode; the target of a backup is written so too.
int write_database(sqlite3_file* f, const void* data, int bytes, sqlite3_int64 at) {
    auto& o = own(f);
    const int code = o.original->xWrite(f, data, bytes, at);
    o.unsynced_bytes += bytes;
    if (code != SQLITE_OK || o.unsynced_bytes < unsynced_bytes_max) return code;
    return sync(f, SQLITE_SYNC_NORMAL);
}

// What is still joined when a transaction gives up the write lock was rolled back. It is written
// behind the WAL's end now, since from now on another connection's commit may have its place.
int lock_shared_memory(sqlite3_file* f, int first, int count, int flags) {
    constexpr int write_lock = 0;  // SQLite documentation, "WAL-mode File Format", 2.3
    auto& o = own(f);
    if (first == write_lock && (flags & SQLITE_SHM_UNLOCK) != 0 && o.partner != nullptr) {
        (void)write_joined(o.partner);
        own(o.partner).unsynced_bytes = 0;
    }
    return o.original->xShmLock(f, first, count, flags);
}

int close(sqlite3_file* f) {
    auto& o = own(f);
    if (o.partner != nullptr) own(o.partner).partner = nullptr;
    const int code = o.original->xClose(f);
    std::destroy_at(&o);
    return code;
}

int write(sqlite3_file* f, const void* data, int bytes, sqlite3_int64 at) {
    auto& o = own(f);
    const auto size = static_cast<std::size_t>(bytes);
    const bool follows = o.joined_at + static_cast<sqlite3_int64>(o.joined.size()) == at;
    if (!follows || o.joined.size() + size > joined_bytes_max) {
        if (const int code = write_joined(f); code != SQLITE_OK) return code;
    }
    if (size > joined_bytes_max) return write_wal(f, data, size, at);
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
    own(f).file_bytes = 0;
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
    added.file.xSync = sync;
    added.wal.xSync = sync_wal;
    added.file.xClose = added.wal.xClose = close;
    added.file.xWrite = write_database;
    added.file.xShmLock = lock_shared_memory;
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
        if (is_wal) {
            own(f).partner = sqlite3_database_file_object(name);
            own(own(f).partner).partner = f;
        }
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
