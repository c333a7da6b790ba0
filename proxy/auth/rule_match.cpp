#include "proxy/auth/rule_match.hpp"

#include <algorithm>

namespace historyd::auth {

namespace {

using conf::auth_method;
using conf::connection_type;

bool fits_type(const conf::auth_rule& rule, const client_facts& c) {
    if (c.address.empty()) return rule.type == connection_type::local;
    switch (rule.type) {
        case connection_type::local:
            return false;
        case connection_type::hostssl:
            return c.encrypted;
        case connection_type::hostnossl:
            return !c.encrypted;
        case connection_type::host:
            break;
    }
    return true;
}

bool fits_address(const conf::auth_rule& rule, const client_facts& c) {
    if (c.address.empty()) return true;
    const auto address = conf::ip_address::parse(c.address.substr(0, c.address.find('%')));
    return address && rule.address.contains(*address);
}

bool fits_database(const conf::auth_rule& rule, const client_facts& c) {
    return std::any_of(rule.databases.begin(), rule.databases.end(), [&](const auto& name) {
        return name == "all" || name == c.database || (name == "sameuser" && c.database == c.user);
    });
}

sql_error fatal(std::string_view state, std::string message) {
    return sql_error(state, std::move(message)).with_severity(severity::fatal);
}

std::string described(const client_facts& c) {
    return "host \"" + (c.address.empty() ? "[local]" : c.address) + "\", user \"" + c.user +
           "\", database \"" + c.database + "\", " +
           (c.encrypted ? "SSL encryption" : "no encryption");
}

}  // namespace

bool names_contain(std::span<const std::string> names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [&](const auto& one) { return one == "all" || one == name; });
}

const conf::auth_rule* first_match(std::span<const conf::auth_rule> rules, const client_facts& c) {
    const auto at = std::find_if(rules.begin(), rules.end(), [&](const auto& rule) {
        return fits_type(rule, c) && fits_database(rule, c) && names_contain(rule.users, c.user) &&
               fits_address(rule, c);
    });
    return at == rules.end() ? nullptr : &*at;
}

bool may_be(std::span<const conf::user_mapping> mappings, std::string_view map,
            std::string_view system_user, std::string_view user) {
    if (map.empty()) return system_user == user;
    return std::any_of(mappings.begin(), mappings.end(), [&](const auto& m) {
        return m.map == map && m.system_user == system_user && m.user == user;
    });
}

sql_error no_rule(const client_facts& c) {
    return fatal(sqlstate::invalid_authorization_specification,
                 "no pg_hba.conf entry for " + described(c))
        .with_hint("The rules are [[auth.rules]] in the configuration of historyd.");
}

sql_error rejected(const client_facts& c) {
    return fatal(sqlstate::invalid_authorization_specification,
                 "pg_hba.conf rejects connection for " + described(c))
        .with_hint("The rules are [[auth.rules]] in the configuration of historyd.");
}

sql_error failed(auth_method method, std::string_view user) {
    const auto about = " authentication failed for user \"" + std::string(user) + "\"";
    switch (method) {
        case auth_method::peer:
            return fatal(sqlstate::invalid_authorization_specification, "Peer" + about);
        case auth_method::cert:
            return fatal(sqlstate::invalid_authorization_specification, "certificate" + about);
        default:
            return fatal(sqlstate::invalid_password, "password" + about);
    }
}

}  // namespace historyd::auth
