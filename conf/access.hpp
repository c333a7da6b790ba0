#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/address_range.hpp"
#include "conf/listen_address.hpp"

// Who may connect, how they prove it, and to what: the tables of historyd.toml.

namespace historyd::conf {

enum class connection_type : std::uint8_t { local, host, hostssl, hostnossl };
enum class auth_method : std::uint8_t {
    trust,
    reject,
    peer,
    scram_sha_256,
    scram_sha_256_plus,
    cert
};

// [[auth.rules]], as a line of PostgreSQL's pg_hba.conf. The first that matches decides.
struct auth_rule {
    connection_type type = connection_type::host;
    std::vector<std::string> databases = {"all"};  // also "sameuser"
    std::vector<std::string> users = {"all"};
    address_range address;  // of TCP clients
    auth_method method = auth_method::reject;
    std::string map;         // of [[auth.user_map]]; empty: names have to be the same
    bool read_only = false;  // access = "read-only"
    std::string place;       // "historyd.toml:12:1", empty for the defaults
};

// [[auth.user_map]]: who the system or a certificate says it is, and whom it may be here.
struct user_mapping {
    std::string map, system_user, user;
};

// [databases.NAME]
struct database_config {
    std::string name, path;
    std::vector<std::string> users = {"all"};  // who may connect
    bool relay = false;       // mode = "relay": sessions are passed through to `backend`, no file
    listen_address backend;   // of a relay
    std::string backend_url;  // of a file: where it is forwarded to
    std::string place;
};

std::string_view to_string(connection_type t);
std::string_view to_string(auth_method m);
std::optional<connection_type> connection_type_of(std::string_view text);
std::optional<auth_method> auth_method_of(std::string_view text);

// When there are no rules: local clients are trusted, those of other machines are not let in.
std::vector<auth_rule> default_rules();

}  // namespace historyd::conf
