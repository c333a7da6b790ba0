#pragma once

#include <cstdint>
#include <string>

#include "conf/config.hpp"

namespace historyd {

struct parked_request {
    std::string action;  // list, retry, discard
    std::int64_t seq = 0;
    std::string database;  // of [databases]; empty: the first
    std::string url;       // of the historyd that serves it; empty: as configured
};

// `historyd parked list|retry|discard`. The first reads the file; the others ask the historyd that
// serves it, or, when none does, change it themselves. A change that is retried is queued again, as
// the newest. Throws std::runtime_error with one clear line.
void parked(const conf::config& c, const parked_request& r);

}  // namespace historyd
