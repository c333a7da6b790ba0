#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// inet and cidr: an address of IPv4 or IPv6 and how many of its bits name the network. Their
// storage form is what PostgreSQL prints: an inet without /32 or /128, a cidr always with its bits.

namespace historyd::types {

struct inet {
    bool is_v6 = false;
    int bits = 0;                          // 0 to 32, or 128
    std::array<std::uint8_t, 16> bytes{};  // in network order; of IPv4 the first four

    int bits_max() const { return is_v6 ? 128 : 32; }
    // No bit beyond `bits` is set, as a cidr wants it.
    bool is_network() const;
};

// Errors: 22P02, also for a cidr that is more than a network.
result<inet> parse_inet(std::string_view text);
// 10 and 192.168 are 10.0.0.0/8 and 192.168.0.0/24.
result<inet> parse_cidr(std::string_view text);
// From storage form, of either type.
std::optional<inet> inet_from_storage(std::string_view text);
std::string inet_to_storage(const inet& v);
std::string cidr_to_storage(const inet& v);

// The network's first and last address, or what `bits` of a mask are. All keep the bits but the
// masks, which are single addresses.
inet first_address(inet v);
inet last_address(inet v);
inet mask_of(const inet& v, bool of_host);

// Whether the network of `v` has all addresses of the other's.
bool contains(const inet& v, const inet& other);

// IPv4 comes before IPv6; then the bits that both networks have, the shorter network, the rest.
int compare(const inet& a, const inet& b);

// The wire's: family (2 or 3) | bits | is cidr | bytes of the address | address.
void append_inet_bytes(const inet& v, bool is_cidr, std::string& out);
// nullopt: not of that form.
std::optional<inet> inet_from_bytes(std::string_view bytes);

}  // namespace historyd::types
