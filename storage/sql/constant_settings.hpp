#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/types/type_io.hpp"

namespace historyd::sql {

// The DateStyle under which dates are read as with `io` and printed in ISO style.
std::string iso_date_style(const types::io_settings& io);

// What another server has to set to read a statement's constants as with `io`: name, value.
std::vector<std::pair<std::string, std::string>> constant_settings(const types::io_settings& io);

}  // namespace historyd::sql
