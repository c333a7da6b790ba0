#include "conf/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace historyd::conf {

std::optional<ip_address> ip_address::parse(std::string_view text) {
    const std::string copy(text);
    ip_address a;
    a.is_v6 = copy.find(':') != copy.npos;
    if (::inet_pton(a.is_v6 ? AF_INET6 : AF_INET, copy.c_str(), a.bytes.data()) != 1) {
        return std::nullopt;
    }
    return a;
}

bool ip_address::is_loopback() const {
    if (!is_v6) return bytes[0] == 127;
    return std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; }) &&
           bytes.back() == 1;
}

result<address_range> address_range::parse(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return sql_error(sqlstate::config_file_error,
                         "\"" + std::string(text) + "\" is no address: " + std::string(why));
    };
    address_range range;
    if (text == "all") return range;
    const auto slash = std::min(text.find('/'), text.size());
    const auto network = ip_address::parse(text.substr(0, slash));
    if (!network) return wrong("write \"all\", 10.1.2.3, 10.0.0.0/8 or fd00::/8");
    const unsigned bits_max = network->is_v6 ? 128 : 32;
    range.all_ = false;
    range.text_ = text;
    range.network_ = *network;
    range.prefix_bits_ = bits_max;
    if (slash != text.size()) {
        const auto digits = text.substr(slash + 1);
        const auto* end = digits.data() + digits.size();
        const auto [stopped, failed] = std::from_chars(digits.data(), end, range.prefix_bits_);
        if (failed != std::errc() || stopped != end || range.prefix_bits_ > bits_max) {
            return wrong("the prefix is 0 to " + std::to_string(bits_max));
        }
    }
    return range;
}

bool address_range::contains(const ip_address& a) const {
    if (all_) return true;
    if (a.is_v6 != network_.is_v6) return false;
    for (unsigned bit = 0; bit < prefix_bits_; bit += 8) {
        const unsigned kept = std::min(8u, prefix_bits_ - bit);
        const auto mask = static_cast<std::uint8_t>(0xff00u >> kept);
        if (((a.bytes[bit / 8] ^ network_.bytes[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

bool address_range::is_loopback() const {
    return !all_ && network_.is_loopback() && prefix_bits_ >= (network_.is_v6 ? 128u : 8u);
}

}  // namespace historyd::conf
