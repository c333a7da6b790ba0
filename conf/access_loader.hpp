#pragma once

#include <toml++/toml.h>

#include <string>

#include "conf/config.hpp"

namespace historyd::conf {

// The tables that hold more than single values: [[auth.rules]], [[auth.user_map]],
// [databases.NAME].
bool is_access_table(std::string_view full_name);
// Errors: F0000 with file, line and column.
result<void> load_access_table(const std::string& full_name, const toml::node& node,
                               const std::string& file, effective_config& into);

}  // namespace historyd::conf
