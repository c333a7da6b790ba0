#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>

#include "proxy/net/connection.hpp"
#include "proxy/protocol/startup_fsm.hpp"

namespace historyd::net {

// Drives startup_fsm on a new connection within `limit`. Returns: its last action: accept, cancel,
// reject or hang_up (also when the client left or took too long).
asio::awaitable<protocol::startup_fsm::action> run_startup(connection& c,
                                                           std::chrono::milliseconds limit);

}  // namespace historyd::net
