#include "storage/sqlite/sync_timer.hpp"

#include <sqlite3.h>

#include <boost/assert.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>

namespace historyd::sqlite {

namespace {

std::atomic<metrics::histogram*> target{nullptr};
sqlite3_vfs* underlying = nullptr;
sqlite3_vfs shim;

// SQLite's own method tables (there are a few, by kind of locking) with xSync exchanged.
struct timed_methods {
    const sqlite3_io_methods* original;
    sqlite3_io_methods timed;
};
std::mutex tables_mutex;
std::deque<timed_methods> tables;  // guarded by tables_mutex; its elements stay where they are

const timed_methods& table_of(const sqlite3_file* f) {
    // The exchanged table is a member: its place gives the original's.
    const auto* timed = reinterpret_cast<const char*>(f->pMethods);
    return *reinterpret_cast<const timed_methods*>(timed - offsetof(timed_methods, timed));
}

int timed_sync(sqlite3_file* f, int flags) {
    using clock = std::chrono::steady_clock;
    const auto* original = table_of(f).original;
    const auto start = clock::now();
    const int code = original->xSync(f, flags);
    if (auto* into = target.load(std::memory_order_acquire)) {
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start);
        into->observe(static_cast<std::uint64_t>(took.count()));
    }
    return code;
}

const sqlite3_io_methods* timed_methods_of(const sqlite3_io_methods* original) {
    const std::lock_guard lock(tables_mutex);
    for (const auto& known : tables) {
        if (known.original == original) return &known.timed;
    }
    auto& added = tables.emplace_back(timed_methods{original, *original});
    added.timed.xSync = timed_sync;
    return &added.timed;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
    const int code = underlying->xOpen(underlying, name, f, flags, out_flags);
    const bool syncs = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
    if (code == SQLITE_OK && syncs && f->pMethods != nullptr) {
        f->pMethods = timed_methods_of(f->pMethods);
    }
    return code;
}

}  // namespace

sync_timer::sync_timer(metrics::histogram& into) {
    BOOST_VERIFY(target.exchange(&into) == nullptr);
    if (underlying == nullptr) {
        underlying = sqlite3_vfs_find(nullptr);
        shim = *underlying;
        shim.zName = "historyd-sync-timer";
        shim.pNext = nullptr;
        shim.xOpen = open;
    }
    sqlite3_vfs_register(&shim, 1);
}

sync_timer::~sync_timer() {
    sqlite3_vfs_register(underlying, 1);
    target.store(nullptr);
}

}  // namespace historyd::sqlite
