#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/reader/read_job.hpp"

namespace historyd::reader {

// Waiting reads: one line that every thread serves, and one per thread for the statements and
// snapshots that live there. Bounded; a thread is woken only when it sleeps and has work.
class read_queue {
public:
    read_queue(std::size_t threads, std::size_t waiting_max);

    // Any thread. Returns: false when the queue is full or stopped; the job is then untouched.
    bool push(read_job& job);
    // To one thread. Closing jobs are taken even when the queue is full.
    bool push(read_job& job, std::size_t thread);

    // The thread's next job; waits for one. Its own line goes first: those statements hold a
    // connection each, so they should end. Returns: nullopt when the queue is stopped and empty.
    std::optional<read_job> pop(std::size_t thread);

    // Takes nothing new; what is waiting is still served.
    void stop();

    std::size_t waiting() const;

private:
    struct line {
        std::deque<read_job> jobs;
        std::condition_variable wake;
        bool asleep = false;
    };
    void wake(line& l);

    mutable std::mutex mutex_;  // guards everything below
    std::deque<read_job> shared_;
    std::deque<line> lines_;
    std::vector<std::size_t>
        idle_;  // sleeping threads, most recently active last: its caches are warm
    std::size_t waiting_ = 0;
    const std::size_t waiting_max_;
    bool stopped_ = false;
};

}  // namespace historyd::reader
