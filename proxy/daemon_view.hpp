#pragma once

#include <functional>

#include "conf/config.hpp"
#include "proxy/databases.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/net/server.hpp"
#include "proxy/rest/figures.hpp"
#include "proxy/session/session_list.hpp"
#include "proxy/session/statement_log.hpp"

namespace historyd {

// Where the figures of the running daemon come from: for SHOW, pg_stat_activity, /metrics and
// `historyd status`. All of it may be read on any thread and outlives who reads.
struct daemon_view {
    databases& files;
    const net::server& server;
    const session::session_list& sessions;
    const session::statement_log& statements;
    const metrics::histogram& syncs;
    std::function<conf::effective_config()> configuration;
    const forwarding& backends;
    const client_log& lines;
    // nullptr and empty when there is no [rest].
    const rest::figures* rest = nullptr;
    std::function<std::size_t()> rest_connections;
    std::int64_t started_us = 0;  // Unix time
};

// Component and version: historyd first, then the libraries it runs on.
std::vector<std::pair<std::string, std::string>> versions();

}  // namespace historyd
