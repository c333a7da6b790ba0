#pragma once

#include "proxy/reloader.hpp"

namespace historyd {

// The composition root: builds every layer from the configuration, serves until SIGTERM or SIGINT,
// drains. `load` reads the configuration again on SIGHUP. Throws std::runtime_error with one clear
// line when it cannot start.
void serve(const conf::effective_config& effective, reloader::load_function load);

// "historyd 0.1.0" and the libraries it runs on, one a line.
void print_versions();

}  // namespace historyd
