#pragma once

#include <cstdint>
#include <string_view>

#include "conf/config.hpp"

namespace historyd {

// `historyd parked list|retry|discard`, on the file itself: list at any time, the others while no
// historyd serves it. A change that is retried is queued again, as the newest. Throws
// std::runtime_error with one clear line.
void parked(const conf::config& c, std::string_view action, std::int64_t seq);

}  // namespace historyd
