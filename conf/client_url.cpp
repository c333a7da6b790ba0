#include "conf/client_url.hpp"

#include "conf/listen_address.hpp"

namespace historyd::conf {

namespace {

constexpr std::uint16_t default_port = 5499;

// An address that means every address is reached by the loopback one.
std::string reachable(const std::string& host) {
    if (host == "*" || host == "0.0.0.0") return "127.0.0.1";
    if (host == "::") return "[::1]";
    return host.find(':') == host.npos ? host : "[" + host + "]";
}

}  // namespace

result<std::string> client_url(const config& c) {
    if (c.listen.empty() && c.socket_dir.empty()) {
        return sql_error(sqlstate::config_file_error, "listen: it has no address to reach");
    }
    if (c.listen.empty()) {
        return "postgresql:///mem0?host=" + c.socket_dir + "&port=" + std::to_string(default_port);
    }
    const auto address = parse_listen_address(c.listen.front());
    if (!address) return address.error();
    if (address->port == 0) {
        return sql_error(sqlstate::config_file_error, "listen: port 0 says nothing of the address");
    }
    return "postgresql://" + reachable(address->host) + ":" + std::to_string(address->port) +
           "/mem0";
}

}  // namespace historyd::conf
