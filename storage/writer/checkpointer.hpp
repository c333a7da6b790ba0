#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "storage/base/metrics.hpp"
#include "storage/base/sql_error.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::writer {

// What the writer does about the WAL after a COMMIT. Pure; storage/DESIGN.md, "Checkpoints".
enum class checkpoint_step : std::uint8_t { none, copy, finish };

struct wal_state {
    std::int64_t pages = 0;     // in the WAL now
    std::int64_t copied = 0;    // of them, in the database file as far as known
    std::int64_t wanted = 0;    // the WAL's length when the last copy began
    std::int64_t last_try = 0;  // the WAL's length when the last step ended
    std::int64_t limit = 0;     // see next_limit
    bool copying = false;
    bool idle = false;     // nobody has written for a while: few pages are enough
    bool is_long = false;  // the file, for an idle WAL
};
checkpoint_step next_step(const wal_state& wal);

// What calls for a copy: the pages that come in a second, since each copy slows the writers beside
// it down, but no fewer than `configured` (writer_options::wal_checkpoint_pages) and no more than
// four times that. `pages` have come in `time`.
std::int64_t next_limit(std::int64_t pages, std::chrono::microseconds time,
                        std::int64_t configured);

// Copies the WAL's pages into the database file on a thread and a connection of its own, beside the
// running writer; the writer itself does only the last few pages, so that the WAL can start over.
class checkpointer {
public:
    // `limit`: pages. The thread starts with the first copy. `durations` outlives this.
    checkpointer(std::filesystem::path file, std::int64_t limit, std::int64_t page_bytes,
                 metrics::histogram& durations);
    ~checkpointer();

    // Writer, between transactions: `pages` are in the WAL. May start a copy, may finish one on
    // `db`. Returns: an error when the file could not be synced; what is in the WAL must then stay
    // there.
    result<void> after_commit(sqlite::database& db, std::int64_t pages);
    // The same when nobody has written for a while: readers find pages faster in the file.
    result<void> when_idle(sqlite::database& db);

    // Writer, at the end: waits for a running copy, then empties the WAL if nobody reads from it.
    result<void> finish(sqlite::database& db);

private:
    struct copied {
        std::int64_t pages = 0;
        std::optional<sql_error> failure;
    };
    void run();
    result<void> step(sqlite::database& db);
    result<void> limit_file(sqlite::database& db);
    copied checkpoint(sqlite::database& db, int mode);

    const std::filesystem::path file_;
    const std::int64_t frame_bytes_;  // of a page in the WAL
    const std::int64_t limit_;
    metrics::histogram& durations_;
    wal_state wal_;  // the writer's
    std::chrono::steady_clock::time_point wal_began_;
    std::int64_t file_limit_ = 0;  // the writer's, bytes: the WAL is cut to this as it starts over

    std::mutex mutex_;  // guards everything below
    std::condition_variable wake_;
    bool wanted_ = false, stopping_ = false;
    std::optional<copied> done_;
    std::thread thread_;
};

}  // namespace historyd::writer
