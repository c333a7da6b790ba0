#pragma once

#include <span>
#include <string>
#include <string_view>

#include "conf/access.hpp"
#include "storage/base/sql_error.hpp"

namespace historyd::auth {

// What is known of a client before it proves anything.
struct client_facts {
    std::string user, database;
    std::string address;  // empty over a Unix socket
    bool encrypted = false;
};

// Returns: the rule that decides, nullptr when none matches. Pure.
const conf::auth_rule* first_match(std::span<const conf::auth_rule> rules, const client_facts& c);

// Whether `system_user` (of the operating system, of a certificate) may be `user`: by the mappings
// of that name, or by being the same when `map` is empty.
bool may_be(std::span<const conf::user_mapping> mappings, std::string_view map,
            std::string_view system_user, std::string_view user);

bool names_contain(std::span<const std::string> names, std::string_view name);

// What PostgreSQL says, all FATAL: 28000 without a rule and for `reject`; 28P01 after a password,
// 28000 after the rest.
sql_error no_rule(const client_facts& c);
sql_error rejected(const client_facts& c);
sql_error failed(conf::auth_method method, std::string_view user);

}  // namespace historyd::auth
