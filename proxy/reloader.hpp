#pragma once

#include <absl/base/thread_annotations.h>

#include <functional>
#include <mutex>

#include "conf/config.hpp"

namespace historyd {

// What SIGHUP does: reads the configuration again from where it came, puts into force what can be,
// and says in the log what was and what waits for a restart. A configuration with an error changes
// nothing. On the main thread, but for running().
class reloader {
public:
    using load_function = std::function<conf::effective_config()>;  // throws what is wrong
    using apply_function = std::function<void(const conf::config&)>;

    // `apply` is given the running configuration with what can be reloaded changed; when it throws
    // nothing was changed.
    reloader(load_function load, conf::effective_config running, apply_function apply);

    void reload();
    conf::effective_config running() const;  // any thread

private:
    const load_function load_;
    const apply_function apply_;
    mutable std::mutex mutex_;
    conf::effective_config running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace historyd
