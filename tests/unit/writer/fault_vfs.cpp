#include "fault_vfs.hpp"

#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "storage/sqlite/configuration.hpp"

namespace historyd::fault_vfs {

namespace {

state the_state;
sqlite3_vfs* underlying = nullptr;
sqlite3_vfs shim;

struct file {
    sqlite3_file base;
    bool wal, main, temporary;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

file& of(sqlite3_file* f) { return *reinterpret_cast<file*>(f); }
sqlite3_file* real(sqlite3_file* f) { return of(f).real(); }

int close(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }
int read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
    return real(f)->pMethods->xRead(real(f), to, n, at);
}
int write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
    if (of(f).wal) {
        ++the_state.wal_writes;
        if (const int code = the_state.wal_write_code) return code;
    } else if (of(f).temporary) {
        if (const int code = the_state.temporary_write_code) return code;
    }
    return real(f)->pMethods->xWrite(real(f), from, n, at);
}
int truncate(sqlite3_file* f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); }
int sync(sqlite3_file* f, int flags) {
    if (of(f).wal) {
        ++the_state.wal_syncs;
        if (const int code = the_state.wal_sync_code) return code;
        if (const int us = the_state.sync_takes_us)
            std::this_thread::sleep_for(std::chrono::microseconds(us));
    } else if (of(f).main) {
        ++the_state.file_syncs;
        if (const int code = the_state.file_sync_code) return code;
    }
    return real(f)->pMethods->xSync(real(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* n) {
    return real(f)->pMethods->xFileSize(real(f), n);
}
int lock(sqlite3_file* f, int l) { return real(f)->pMethods->xLock(real(f), l); }
int unlock(sqlite3_file* f, int l) { return real(f)->pMethods->xUnlock(real(f), l); }
int check_lock(sqlite3_file* f, int* l) {
    return real(f)->pMethods->xCheckReservedLock(real(f), l);
}
int control(sqlite3_file* f, int op, void* arg) {
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
int characteristics(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}
void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

constexpr sqlite3_io_methods methods{
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
    auto& opened = of(f);
    opened.base.pMethods = nullptr;
    opened.wal = (flags & SQLITE_OPEN_WAL) != 0;
    opened.main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    opened.temporary = (flags & SQLITE_OPEN_TEMP_JOURNAL) != 0;
    const int code = underlying->xOpen(underlying, name, opened.real(), flags, out_flags);
    if (opened.real()->pMethods != nullptr) opened.base.pMethods = &methods;
    return code;
}

}  // namespace

state& install() {
    if (underlying == nullptr) {
        sqlite::configure();
        underlying = sqlite3_vfs_find(nullptr);
        shim = *underlying;
        shim.zName = "fault";
        shim.szOsFile = static_cast<int>(sizeof(file)) + underlying->szOsFile;
        shim.xOpen = open;
        sqlite3_vfs_register(&shim, 1);
    }
    return the_state;
}

void reset() {
    the_state.wal_syncs = the_state.file_syncs = the_state.wal_writes = 0;
    the_state.wal_sync_code = the_state.wal_write_code = the_state.file_sync_code = 0;
    the_state.temporary_write_code = the_state.sync_takes_us = 0;
}

}  // namespace historyd::fault_vfs
