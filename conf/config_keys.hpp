#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conf/config.hpp"
#include "storage/base/sql_error.hpp"

namespace historyd::conf {

using field = std::variant<std::string*, std::int64_t*, std::vector<std::string>*>;

// One configuration key. Names read as in the file: "storage", "limits.sessions_max".
struct key {
    std::string_view name;
    std::string_view description;
    field (*of)(config& c);
    std::int64_t min = 0, max = 0;  // integers
    // Beyond the type: returns what is wrong with the value, or nothing.
    std::string (*check)(const config& c) = nullptr;
    bool secret = false;  // value_text() hides it
    bool reload = false;  // SIGHUP reads it again

    std::string environment_name() const;  // HISTORYD_LIMITS_SESSIONS_MAX
};

// In the order of historyd.toml.
std::span<const key> keys();
// Returns: nullptr when unknown.
const key* find_key(std::string_view name);
// The key spelled most like it, or an empty view when none is near.
std::string_view nearest_key(std::string_view name);

// Stores a value that was checked. Errors: F0000 naming the key and what it allows.
result<void> assign(const key& k, config& c, std::int64_t number);
result<void> assign(const key& k, config& c, const std::string& text);
result<void> assign(const key& k, config& c, const std::vector<std::string>& list);
// From an environment variable or a command line: numbers in decimal, lists comma separated.
result<void> assign_text(const key& k, config& c, const std::string& text);

bool is_equal(const key& k, const config& a, const config& b);
void copy(const key& k, const config& from, config& to);

// The value as TOML; stars for a secret that is set.
std::string value_text(const key& k, const config& c);

// conf/historyd.toml: every key, described and commented out at its default.
std::string default_file();

}  // namespace historyd::conf
