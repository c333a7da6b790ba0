#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::conf {

// An IP address in network byte order. IPv4 uses the first four bytes.
struct ip_address {
    std::array<std::uint8_t, 16> bytes{};
    bool is_v6 = false;

    static std::optional<ip_address> parse(std::string_view text);
    bool is_loopback() const;
};

// "all", an address, or a CIDR range: "10.0.0.0/8", "fd00::/8", "127.0.0.1".
class address_range {
public:
    // Errors: F0000 with what is wrong about the text.
    static result<address_range> parse(std::string_view text);

    bool contains(const ip_address& a) const;
    // No address of another machine is in it.
    bool is_loopback() const;
    const std::string& text() const { return text_; }

private:
    std::string text_ = "all";
    ip_address network_;
    unsigned prefix_bits_ = 0;
    bool all_ = true;
};

}  // namespace historyd::conf
