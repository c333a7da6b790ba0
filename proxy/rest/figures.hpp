#pragma once

#include <absl/base/thread_annotations.h>

#include <chrono>
#include <map>
#include <mutex>

#include "storage/base/metrics.hpp"

namespace historyd::rest {

// How many requests were answered how, and in what time. Any thread.
class figures {
public:
    void answered(unsigned status, std::chrono::steady_clock::duration took) {
        const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
        durations_.observe(static_cast<std::uint64_t>(us));
        const std::lock_guard lock(mutex_);
        ++by_status_[status];
    }

    std::map<unsigned, std::uint64_t> by_status() const {
        const std::lock_guard lock(mutex_);
        return by_status_;
    }
    const metrics::histogram& durations() const { return durations_; }

private:
    metrics::duration_histogram durations_;
    mutable std::mutex mutex_;
    std::map<unsigned, std::uint64_t> by_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace historyd::rest
