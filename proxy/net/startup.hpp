#pragma once

#include <boost/asio/awaitable.hpp>

#include "proxy/net/connection.hpp"
#include "proxy/net/security.hpp"
#include "proxy/protocol/startup_fsm.hpp"
#include "storage/base/client_log.hpp"

namespace historyd::net {

// Drives startup_fsm on a new connection, TLS handshake included. Returns: its last action: accept,
// cancel, reject or hang_up (also when the client left).
asio::awaitable<protocol::startup_fsm::action> run_startup(connection& c, const security& s,
                                                           client_log& log);

}  // namespace historyd::net
