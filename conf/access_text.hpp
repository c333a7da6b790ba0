#pragma once

#include <string>
#include <string_view>

#include "conf/config.hpp"

namespace historyd::conf {

// The tables of conf/access.hpp as TOML, for `historyd check`.
std::string access_text(const config& c);

// What historyd.toml says about them.
std::string_view access_example();

}  // namespace historyd::conf
