#pragma once

#include <absl/base/thread_annotations.h>

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace historyd::auth {

struct failure_limits {
    std::size_t per_address_max = 30;  // 0: no limit
    std::chrono::seconds window{60};
};

// Counts failed logins of each address. Any thread; time comes from outside.
class failure_limit {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // Whether this address has failed too often to be heard now.
    bool exceeded(const std::string& address, const failure_limits& limits, time_point now);
    void failed(const std::string& address, const failure_limits& limits, time_point now);

private:
    using failures = std::deque<time_point>;

    void forget_old(failures& of, const failure_limits& limits, time_point now) const;

    std::mutex mutex_;
    std::map<std::string, failures> by_address_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace historyd::auth
