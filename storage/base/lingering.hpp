#pragma once

#include <sched.h>

#include <chrono>

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
    void start() { started_ = clock::now(); }

private:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds used_by_another{50};

    clock::time_point started_ = clock::now();
};

}  // namespace historyd
