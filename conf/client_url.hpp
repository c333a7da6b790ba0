#pragma once

#include <string>

#include "conf/config.hpp"
#include "storage/base/sql_error.hpp"

namespace historyd::conf {

// How a client on this machine reaches the historyd that this configuration describes: its first
// TCP address, or its Unix socket when it has none.
// Errors: F0000 when it listens nowhere, or on a port that the system chose.
result<std::string> client_url(const config& c);

}  // namespace historyd::conf
