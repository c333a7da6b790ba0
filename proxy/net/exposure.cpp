#include "proxy/net/exposure.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace historyd::net {

namespace {

constexpr std::string_view example_rule =
    "[[auth.rules]] with type = \"hostssl\" and method = \"scram-sha-256\"";

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
    throw std::runtime_error("not listening on " + where + ": " + why);
}

// "10.0.0.5:5499", "[fd00::1]:5499"
bool is_loopback(const std::string& name) {
    auto host = name.substr(0, name.rfind(':'));
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    const auto address = conf::ip_address::parse(host.substr(0, host.find('%')));
    return address && address->is_loopback();
}

void check_network(const std::string& name, const security& s) {
    if (!s.tls) {
        refuse(name,
               "other machines reach it, and there is no TLS. Set tls.certificate_file and "
               "tls.key_file, or listen on 127.0.0.1");
    }
    bool lets_in = false;
    for (const auto& rule : s.rules) {
        if (rule.type == conf::connection_type::local || rule.address.is_loopback()) continue;
        if (rule.method == conf::auth_method::trust) {
            refuse(name, "the rule at " + rule.place +
                             " trusts other machines. Give it method = \"scram-sha-256\", or "
                             "address = \"127.0.0.1/32\"");
        }
        lets_in |= rule.method != conf::auth_method::reject;
    }
    if (!lets_in) {
        refuse(name, "other machines reach it, and no rule says how they prove who they are. Add " +
                         std::string(example_rule) +
                         " and users with `historyd user add NAME`, or listen on 127.0.0.1");
    }
}

// Any user of this machine can connect. A group that was let in was let in on purpose.
bool is_open(const std::filesystem::path& socket) {
    struct stat status {};
    if (::stat(socket.c_str(), &status) != 0 || (status.st_mode & S_IWOTH) == 0) return false;
    for (auto at = std::filesystem::absolute(socket); at.has_relative_path();) {
        at = at.parent_path();
        if (::stat(at.c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0) return false;
    }
    return true;
}

void check_socket(const std::string& name, const security& s) {
    const bool trusts = std::any_of(s.rules.begin(), s.rules.end(), [](const auto& rule) {
        return rule.type == conf::connection_type::local && rule.method == conf::auth_method::trust;
    });
    if (!trusts || !is_open(name)) return;
    const auto folder = std::filesystem::path(name).parent_path().string();
    refuse(name, "other users of this machine reach it, and they are trusted. chmod 700 " + folder +
                     ", or add [[auth.rules]] with type = \"local\" and method = \"peer\"");
}

}  // namespace

void refuse_open_doors(const listener& listening, const security& s) {
    for (const auto& name : listening.names()) {
        if (name.find('/') != name.npos) {
            check_socket(name, s);
        } else if (!is_loopback(name)) {
            check_network(name, s);
        }
    }
}

void refuse_open_http(const listener& listening, const std::string& key) {
    for (const auto& name : listening.names()) {
        if (is_loopback(name)) continue;
        refuse(name,
               "other machines reach it, and HTTP is not encrypted here. Set " + key +
                   " to an address of 127.0.0.1, and put a web server with TLS in front of it");
    }
}

}  // namespace historyd::net
