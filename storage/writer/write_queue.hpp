#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/base/lingering.hpp"
#include "storage/writer/write_job.hpp"

namespace historyd::writer {

// The line before the writer: many threads put, the writer takes. Bounded; a put wakes the writer
// only when it sleeps.
class write_queue {
public:
    explicit write_queue(std::size_t waiting_max) : waiting_max_(waiting_max) {}

    enum class admission : std::uint8_t { taken, full, closed, locked };
    // Any thread. The job is moved from only when taken. locked: it would wait behind another
    // session's transaction, and is not to (NOWAIT).
    admission push(write_job& job);

    // Writer: waits until something is queued (true), `patience` is over (false), or the queue is
    // closed and empty (false; is_closed() tells which).
    bool wait(std::optional<std::chrono::milliseconds> patience);
    // Writer: waits for company within the limits, or until an acquire_job is queued. Returns:
    // whether anybody came.
    bool gather(const gather_limits& limits);

    // Writer: units from the front that the batch has room for; stops at an acquire_job.
    std::vector<unit_job> take_units(const batch_so_far& batch, const batch_limits& limits);
    // Writer: the front when it is an acquire_job, whose lease then lasts until lease_ended().
    std::optional<acquire_job> take_acquire();
    void lease_ended();
    // Writer: jobs that have a reason_to_leave().
    std::vector<write_job> take_interrupted();
    std::vector<write_job> take_all();

    // Any thread: what is queued is still served, nothing new is taken.
    void close();
    bool is_closed() const;
    std::size_t size() const;

private:
    mutable std::mutex mutex_;  // guards everything below
    std::condition_variable wake_;
    std::deque<write_job> jobs_;
    std::size_t wanted_ = 1;  // jobs for which the sleeping writer is to be woken
    bool asleep_ = false, closed_ = false, leased_ = false;
    const std::size_t waiting_max_;

    // Writer's own: a client that goes on writing, in Python too, comes back sooner than the writer
    // would be awake.
    lingering for_client_{std::chrono::microseconds(50), std::chrono::microseconds(400)};
};

}  // namespace historyd::writer
