#pragma once

#include <sched.h>

#include <chrono>
#include <utility>

namespace historyd {

// A thread that has just had something to do looks for more before it sleeps: to be woken from an
// idle core takes as long as a quick fsync, on a virtual machine above all. It offers its core
// meanwhile, and sleeps at once when somebody had use for it.
class lingering {
public:
    // Returns: whether to look once more; false when `limit` is over since the last start().
    bool goes_on(std::chrono::microseconds limit) {
        const auto before = clock::now();
        if (before - started_ > limit) return false;
        sched_yield();
        return clock::now() - before < used_by_another;
    }
    // Begins anew. Returns: how long it has been since the last time.
    std::chrono::microseconds start() {
        const auto before = std::exchange(started_, clock::now());
        return std::chrono::duration_cast<std::chrono::microseconds>(started_ - before);
    }

private:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds used_by_another{50};

    clock::time_point started_ = clock::now();
};

// How long to linger for what takes about as long as it did last time: where that was too long to
// linger for, hardly at all. Linux's halt polling in virtual machines decides in this way.
class linger_span {
public:
    constexpr linger_span(std::chrono::microseconds least, std::chrono::microseconds most)
        : least_(least), most_(most), now_(most) {}
    std::chrono::microseconds now() const { return now_; }
    void came_after(std::chrono::microseconds wait) { now_ = wait <= most_ ? most_ : least_; }

private:
    std::chrono::microseconds least_, most_, now_;
};

}  // namespace historyd
