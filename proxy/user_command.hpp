#pragma once

#include <filesystem>
#include <string>

namespace historyd {

// `historyd user add NAME`: asks for a password, without showing it, on a terminal; else takes the
// first line of standard input. Stores its verifier, never the password. Throws std::runtime_error
// with one line.
void add_user(const std::filesystem::path& user_file, const std::string& name);

}  // namespace historyd
