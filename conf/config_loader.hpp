#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "conf/config.hpp"
#include "storage/base/sql_error.hpp"

namespace historyd::conf {

// The sources in the order they are applied, each over the one before. All errors are F0000 with
// one clear line.

// Errors name file, line and column; an unknown key names the one that was probably meant.
result<void> load_file(const std::filesystem::path& file, effective_config& into);
// `text` in place of the file's contents; `name` is for messages.
result<void> load_toml(std::string_view text, const std::string& name, effective_config& into);

// HISTORYD_<KEY>. Others that begin so are left alone: Kubernetes sets HISTORYD_SERVICE_HOST and
// its like for a service of that name.
using environment = std::function<std::optional<std::string>(const std::string& name)>;
result<void> load_environment(const environment& variables, effective_config& into);

// A command line option, whose name is --<key>.
result<void> load_option(std::string_view key_name, const std::string& option,
                         const std::string& text, effective_config& into);

}  // namespace historyd::conf
