#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace historyd {

enum class command { serve, check, user_add, version, move, parked, status, backup };

// `historyd import` and `historyd export`: the former has a default target, the latter a default
// source, which is the historyd that the configuration describes.
struct move_request {
    std::vector<std::string> from;  // empty: the running historyd
    std::string into;               // empty: the running historyd
    std::string report;
    bool dry_run = false;
};

// What the command line asks for.
struct command_line {
    historyd::command command = command::serve;
    std::optional<std::filesystem::path> config_file;
    // Configuration key and value, both as in the configuration; lists comma separated.
    std::vector<std::pair<std::string, std::string>> options;
    std::string user;  // of user_add
    move_request move;
    std::string parked_action;  // list, retry, discard
    std::int64_t parked_seq = 0;
    std::string parked_database;
    std::string url;               // status, parked
    bool json = false;             // status
    std::filesystem::path backup;  // backup: the copy
};

// Returns: what to do, or nothing when the answer (help, a usage error) has been printed;
// `exit_code` then.
std::optional<command_line> parse_command_line(int argc, const char* const* argv, int& exit_code);

}  // namespace historyd
