#include "conf/listen_address.hpp"

#include <charconv>

namespace historyd::conf {

result<listen_address> parse_listen_address(std::string_view text) {
    const auto wrong = [text](std::string_view why) {
        return sql_error(sqlstate::config_file_error,
                         "\"" + std::string(text) + "\" is not HOST:PORT: " + std::string(why));
    };
    const auto colon = text.rfind(':');
    if (colon == text.npos) return wrong("the port is missing");
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    listen_address address;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, failed] = std::from_chars(digits.data(), end, address.port);
    if (failed != std::errc() || stopped != end || digits.empty()) {
        return wrong("the port is a number up to 65535");
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != host.npos) {
        return wrong("write an IPv6 address in brackets");
    }
    if (host.empty()) return wrong("the host is missing (* means all addresses)");
    address.host = host;
    return address;
}

}  // namespace historyd::conf
