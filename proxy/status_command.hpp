#pragma once

#include <string>

#include "conf/config.hpp"

namespace historyd {

struct status_options {
    std::string url;  // empty: where the configuration says the daemon listens
    bool json = false;
};

// Asks the running daemon how it is, as any client would (SHOW stats, sessions, pools, outbox,
// version), and prints one screen, or JSON. Through SQL rather than [metrics]: it is always there,
// and lets in whom the daemon lets in.
// Returns: the exit code: 0 all is well, 3 it serves but needs attention. Throws
// std::runtime_error when it cannot be reached.
int print_status(const conf::config& c, const status_options& options);

}  // namespace historyd
