#pragma once

#include <string>
#include <vector>

#include "conf/config.hpp"

namespace historyd::conf {

// What a reload does to the tables of conf/access.hpp, a line for the log each.
struct access_change {
    std::vector<std::string> changed;
    std::vector<std::string> waiting;  // for a restart
};

// Puts into `running` what `read` says of rules, mappings, who may connect to a database and where
// a relay leads. Which databases there are, and their files, stays.
access_change take_access(const config& read, config& running);

}  // namespace historyd::conf
