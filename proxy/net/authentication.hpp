#pragma once

#include <boost/asio/awaitable.hpp>

#include <optional>

#include "proxy/net/connection.hpp"
#include "proxy/net/security.hpp"
#include "proxy/protocol/startup_fsm.hpp"
#include "storage/base/client_log.hpp"

namespace historyd::net {

// What the rule that let a client in allows it.
struct permission {
    bool read_only = false;
    // Set for a database on another server, which will ask who the client is.
    std::optional<conf::listen_address> relay_to;
};

// Finds the rule for the client and has it prove who it is. Errors, all FATAL: 28000, 28P01, after
// the delay that failures have; 3D000 and 42501 for a database it may not have; 08P01 for nonsense;
// 08000 when it left.
asio::awaitable<result<permission>> authenticate(connection& c,
                                                 const protocol::startup_request& request,
                                                 const security& s, auth::failure_limit& failures,
                                                 client_log& log);

}  // namespace historyd::net
