#pragma once

#include "conf/config.hpp"

namespace historyd {

// The composition root: builds every layer from the configuration, serves until SIGTERM or SIGINT,
// drains. Throws std::runtime_error with one clear line when it cannot start.
void serve(const conf::config& c);

// "historyd 0.1.0" and the libraries it runs on, one a line.
void print_versions();

}  // namespace historyd
