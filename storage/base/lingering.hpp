#pragma once

#include <sched.h>

#include <atomic>
#include <chrono>
#include <utility>

namespace historyd {

// The core that a thread runs on.
struct this_core {
    static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
    static void offer() { sched_yield(); }  // to whoever has use for it
};

// A thread's repeated wait for one kind of thing. It looks for a while before it sleeps: to be
// woken from an idle core takes as long as a quick fsync, on a virtual machine above all. It offers
// its core meanwhile, and sleeps at once when somebody had use for it. How long it looks follows
// from how long it waited last time, as in Linux's halt polling: what comes too late to be looked
// for is hardly looked for at all.
template <class Core>
class lingering_on {
public:
    using microseconds = std::chrono::microseconds;
    constexpr lingering_on(microseconds least, microseconds most)
        : least_(least), most_(most), limit_(most) {}

    // Begins a wait. `found()` says whether what is waited for is there. Returns: false when it is
    // time to sleep.
    template <class Found>
    bool look(Found found) {
        began_ = Core::now();
        if (found()) return true;
        const lingerer self;
        const auto limit = self.is_one_too_many() ? least_ : limit_;
        for (auto now = Core::now(); now - began_ <= limit;) {
            Core::offer();
            if (found()) return true;
            const auto before = std::exchange(now, Core::now());
            if (now - before >= used_by_another) return false;
        }
        return false;
    }
    // Ends it, lingering or asleep: what was waited for is there.
    void came() { came_after(Core::now() - began_); }
    void came_after(std::chrono::nanoseconds wait) { limit_ = wait <= most_ ? most_ : least_; }
    microseconds limit() const { return limit_; }

private:
    static constexpr microseconds used_by_another{50};

    // The more cores, the more threads: two of them that look for long will do.
    class lingerer {
    public:
        lingerer() : before_(count.fetch_add(1, std::memory_order_relaxed)) {}
        ~lingerer() { count.fetch_sub(1, std::memory_order_relaxed); }
        lingerer(const lingerer&) = delete;
        lingerer& operator=(const lingerer&) = delete;
        bool is_one_too_many() const { return before_ >= 2; }

    private:
        static inline std::atomic<int> count{0};
        const int before_;
    };

    const microseconds least_, most_;
    microseconds limit_;
    std::chrono::steady_clock::time_point began_{};
};

using lingering = lingering_on<this_core>;

}  // namespace historyd
