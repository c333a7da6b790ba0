#pragma once

#include <filesystem>

#include "conf/config.hpp"

namespace historyd {

// Copies the file that the configuration names, whether or not a historyd serves it: SQLite's
// online backup, checked, synced, then named. Prints what it made. Throws std::runtime_error with
// one line.
void back_up(const conf::config& c, const std::filesystem::path& destination);

}  // namespace historyd
