#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "conf/listen_address.hpp"
#include "proxy/net/connection.hpp"

namespace historyd::net {

// Passes a session through to another server, byte for byte, from its start-up packet to the end of
// either side. Who the client is that server asks. Errors: 08006 when it cannot be reached.
asio::awaitable<result<void>> relay(connection& c, std::string_view startup_packet,
                                    const conf::listen_address& to);

// Passes a CancelRequest on; nobody hears whether it was heard.
asio::awaitable<void> relay_cancel(std::int32_t process_id, std::string_view key,
                                   const conf::listen_address& to);

}  // namespace historyd::net
