#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::outbox {

namespace asio = boost::asio;

// Limits on what waits for the backend; 0: none.
struct caps {
    std::int64_t rows_max = 0;
    std::int64_t bytes_max = 0;
    std::int64_t age_ms_max = 0;
    std::int64_t free_disk_bytes_min = 0;
};

struct depth {
    std::int64_t head_seq = 0, acked_seq = 0;
    std::int64_t rows = 0, bytes = 0;  // not acknowledged
    std::int64_t oldest_us = 0;        // Unix time of the oldest of them; 0 when there is none
    std::int64_t parked = 0;
    bool backfilling = false;  // rows from before forwarding was on are still to be queued
};

// How far the journal has come and how far the backend has it. The writer moves the head, the
// replicator the watermark; sessions wait for the watermark. Any thread.
class progress {
public:
    // The journal has entries after `acked_seq`: called by the writer's thread after every COMMIT
    // while that is so, and at once when set; and with `awaited` when a session begins to wait. May
    // be called when there is nothing new; never misses. The callback must not block (post to an
    // executor).
    void on_change(std::function<void(bool awaited)> callback);
    // A session waits in wait_applied().
    bool is_awaited() const;

    outbox::depth depth() const;
    std::int64_t head_seq() const { return head_seq_.load(std::memory_order_acquire); }
    std::int64_t applied_seq() const { return applied_seq_.load(std::memory_order_acquire); }

    // Replicator: the backend has committed everything up to here. Wakes who waits for it. The
    // durable mark (writer::acknowledge) may come later.
    void applied(std::int64_t seq);

    // Session: waits until the backend has `seq`, at most `timeout`, or until `cancelled` was set
    // and interrupt() called. Returns: whether the backend has it.
    asio::awaitable<bool> wait_applied(std::int64_t seq, std::chrono::milliseconds timeout,
                                       const std::atomic<bool>& cancelled);
    // Any thread: `cancelled` has been set.
    void interrupt(const std::atomic<bool>& cancelled);
    // Ends all waits, also future ones: the daemon is stopping.
    void stop();

    // Why a write may not be taken now: 53400 or 53100 with a hint. nullopt: it may.
    std::optional<sql_error> refusal() const;

    // The writer.
    void set_depth(const outbox::depth& now);
    void set_refusal(std::optional<sql_error> why);
    void notify();

private:
    struct waiter {
        std::int64_t seq = 0;
        const std::atomic<bool>* cancelled = nullptr;
        std::shared_ptr<asio::steady_timer> wake;
    };
    void wake(const std::function<bool(const waiter&)>& whom);

    std::atomic<std::int64_t> head_seq_{0}, applied_seq_{0};
    std::atomic<bool> refusing_{false};
    mutable std::mutex mutex_;  // guards everything below
    outbox::depth depth_;
    std::optional<sql_error> refusal_;
    std::function<void(bool)> callback_;
    std::vector<waiter> waiters_;
    bool stopped_ = false;
};

}  // namespace historyd::outbox
