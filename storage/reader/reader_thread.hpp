#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "storage/reader/read_job.hpp"
#include "storage/reader/read_queue.hpp"

namespace historyd::reader {

// One thread of the pool with its connections. A statement that ends within its first fetch borrows
// a connection from the free list; one that pauses, or a snapshot, keeps its connection until
// closed.
class reader_thread {
public:
    // `held`: cursors and snapshots open in the whole pool.
    reader_thread(std::size_t index, read_queue& queue, const std::filesystem::path& file,
                  std::span<const sqlite::database::extension> extensions,
                  std::atomic<std::size_t>& held, std::size_t held_max,
                  metrics::histogram& queue_wait);

    std::size_t index() const { return index_; }
    // Any thread: the statement running now ends with 57P01.
    void interrupt();
    // Keeps the pool's core alive in every handle given out. Called once, before the first job.
    void set_core(std::weak_ptr<void> core) { core_ = std::move(core); }
    void start();
    // Requires: the queue was stopped. Waits for the running statement.
    void join() { thread_.join(); }

private:
    void run();
    void answer(open_job job);
    void answer(fetch_job job);
    void answer(snapshot_job job);
    void answer(close_cursor_job job);
    void answer(close_snapshot_job job);

    result<started> open(open_job& job);
    result<void> begin(cursor_state& at);
    result<fetched> fetch(cursor_state& at, row_sink& sink, fetch_limits limits);
    result<snapshot_ptr> begin_snapshot();
    void end(cursor_state& at);

    result<std::unique_ptr<sqlite::database>> take_connection();
    void put_back(std::unique_ptr<sqlite::database> connection);
    bool hold();  // counts one more held connection; false at the limit
    sql_error too_many_held() const;

    const std::size_t index_;
    read_queue& queue_;
    const std::filesystem::path& file_;
    const std::span<const sqlite::database::extension> extensions_;
    std::atomic<std::size_t>& held_;
    const std::size_t held_max_;
    metrics::histogram& queue_wait_;
    std::weak_ptr<void> core_;

    std::vector<std::unique_ptr<sqlite::database>> free_;
    std::set<cursor_ptr> cursors_;  // paused
    std::set<snapshot_ptr> snapshots_;

    std::mutex running_mutex_;
    sqlite::database* running_ = nullptr;  // guarded by running_mutex_
    std::thread thread_;
};

}  // namespace historyd::reader
