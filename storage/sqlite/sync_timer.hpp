#pragma once

#include "storage/base/metrics.hpp"

namespace historyd::sqlite {

// Times every sync of a file that SQLite makes while it lives. SQLite tells its file methods
// nothing of ours, so there is one at a time in a process; connections opened before it are not
// timed.
class sync_timer {
public:
    // `into` outlives every connection that is opened while the timer lives.
    explicit sync_timer(metrics::histogram& into);
    ~sync_timer();
    sync_timer(const sync_timer&) = delete;
    sync_timer& operator=(const sync_timer&) = delete;
};

}  // namespace historyd::sqlite
