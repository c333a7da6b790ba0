#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proxy/net/http_server.hpp"

namespace historyd::net {

// What is asked of the daemon by those who watch it.
struct admin_answers {
    std::function<std::string()> metrics;    // Prometheus's text format
    std::function<std::string()> not_ready;  // why no client should be sent here; empty: one may
};

// The HTTP listener of [metrics]: GET /metrics, /healthz (the I/O threads answer), /readyz (clients
// are welcome).
class admin_http {
public:
    // Opens the listening sockets. Throws std::runtime_error with one line.
    admin_http(io_threads& threads, std::vector<conf::listen_address> addresses,
               admin_answers answers);

    http_server& server() { return server_; }

private:
    http_response answer(const http_request& request) const;

    const admin_answers answers_;
    http_server server_;
};

}  // namespace historyd::net
