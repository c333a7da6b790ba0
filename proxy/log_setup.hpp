#pragma once

#include "conf/config.hpp"

namespace historyd {

// Makes the default logger: standard error, a line per message, as text or as one JSON object
// (log.format).
void set_up_log(const conf::log_config& c);

// log.level, also while running.
void set_log_level(const conf::log_config& c);

}  // namespace historyd
