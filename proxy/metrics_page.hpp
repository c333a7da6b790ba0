#pragma once

#include <string>

#include "proxy/daemon_view.hpp"

namespace historyd {

// Everything there is to know, in Prometheus's text format. Any thread.
std::string metrics_page(const daemon_view& view);

}  // namespace historyd
