#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::conf {

// HOST:PORT; an IPv6 address stands in brackets, the host "*" means all addresses.
struct listen_address {
    std::string host;
    std::uint16_t port = 0;  // 0: the system chooses one
    bool operator==(const listen_address&) const = default;
};

// Errors: F0000 with what is wrong about the text.
result<listen_address> parse_listen_address(std::string_view text);

}  // namespace historyd::conf
