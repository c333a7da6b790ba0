// What SQLite alone does in one process: inserts the history row in batches of N, one COMMIT with a
// synced WAL each, no sockets and no SQL parsed after the first. Prints rows a second.
//
//   bench_ceiling FILE BATCH SECONDS

#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace {

void check(sqlite3* db, int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    std::fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    std::exit(1);
}

void run(sqlite3* db, const char* sql) {
    check(db, sqlite3_exec(db, sql, nullptr, nullptr, nullptr));
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) {
        std::fprintf(stderr, "usage: bench_ceiling FILE BATCH SECONDS\n");
        return 2;
    }
    const int batch = std::atoi(words[2]);
    const double seconds = std::atof(words[3]);
    sqlite3* db = nullptr;
    check(db, sqlite3_open(words[1], &db));
    run(db,
        "PRAGMA page_size=2048; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=131072;"
        "CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory "
        "TEXT,"
        " event TEXT, created_at TEXT, updated_at TEXT, is_deleted INTEGER, actor_id TEXT, role "
        "TEXT);"
        "CREATE INDEX history_memory_id ON history (memory_id)");
    sqlite3_stmt* insert = nullptr;
    check(db, sqlite3_prepare_v2(db, "INSERT INTO history VALUES (?,?,?,?,?,?,?,?,?,?)", -1,
                                 &insert, nullptr));

    std::mt19937_64 random(1);
    const auto bind = [&](int at, const char* text) {
        check(db, sqlite3_bind_text(insert, at, text, -1, SQLITE_TRANSIENT));
    };
    const auto began = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    };
    long rows = 0;
    while (elapsed() < seconds) {
        run(db, "BEGIN IMMEDIATE");
        for (int i = 0; i < batch; ++i, ++rows) {
            char id[40], memory[32];
            std::snprintf(id, sizeof id, "%016llx-%016llx",
                          static_cast<unsigned long long>(random()),
                          static_cast<unsigned long long>(random()));
            std::snprintf(memory, sizeof memory, "memory-%llu",
                          static_cast<unsigned long long>(random() % 1000));
            bind(1, id);
            bind(2, memory);
            bind(3, "Lives in Lisbon and works from home");
            bind(4, "Lives in Porto and works from an office by the river");
            bind(5, "UPDATE");
            bind(6, "2026-11-25 10:00:00.000000+00:00");
            bind(7, "2026-11-25 10:00:00.000000+00:00");
            check(db, sqlite3_bind_int(insert, 8, 0));
            bind(9, "agent-1");
            bind(10, "user");
            check(db, sqlite3_step(insert));
            sqlite3_reset(insert);
        }
        run(db, "COMMIT");
    }
    std::printf("%.1f\n", static_cast<double>(rows) / elapsed());
    sqlite3_finalize(insert);
    sqlite3_close(db);
}
