#pragma once

#include <string>

#include "conf/config.hpp"
#include "storage/base/sql_error.hpp"

namespace historyd::conf {

// The key of [rest]: rest.key, or the first line of rest.key_file.
// Errors: F0000 when there is none, both, or the file cannot be read.
result<std::string> rest_key(const rest_config& c);

}  // namespace historyd::conf
