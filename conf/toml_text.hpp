#pragma once

#include <string>
#include <vector>

namespace historyd::conf {

// Values as a TOML file has them (TOML 1.0, "String" and "Array").
std::string quoted(const std::string& text);
std::string quoted_list(const std::vector<std::string>& texts);

}  // namespace historyd::conf
