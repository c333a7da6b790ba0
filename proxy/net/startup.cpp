#include "proxy/net/startup.hpp"

#include <spdlog/spdlog.h>

namespace historyd::net {

namespace {

using protocol::startup_fsm;

asio::awaitable<bool> do_handshake(connection& c, const startup_fsm::start_tls& wanted,
                                   const security& s, client_log& log) {
    if (!wanted.is_direct()) {
        c.out().push_back(wanted.reply);
        if (!co_await c.flush()) co_return false;
    }
    const auto failed = co_await c.start_tls(s.tls);
    if (!failed.empty()) {
        log.write(client_log::kind::tls, spdlog::level::info, "TLS handshake with {} failed: {}",
                  c.peer_key(), failed);
        co_return false;
    }
    // PostgreSQL's rule: without it a client of another protocol could be made to talk to us.
    co_return !wanted.is_direct() || c.tls()->chose_alpn();
}

}  // namespace

asio::awaitable<startup_fsm::action> run_startup(connection& c, const security& s,
                                                 client_log& log) {
    startup_fsm fsm(s.tls != nullptr);
    for (;;) {
        auto [what, consumed] = fsm.next(c.received());
        if (auto* accepted = std::get_if<startup_fsm::accept>(&what)) {
            accepted->packet = c.received().substr(0, consumed);
        }
        c.consume(consumed);
        if (const auto* reply = std::get_if<startup_fsm::answer>(&what)) {
            c.out().push_back(reply->byte);
            if (!co_await c.flush()) co_return startup_fsm::hang_up{};
        } else if (const auto* wanted = std::get_if<startup_fsm::start_tls>(&what)) {
            if (!co_await do_handshake(c, *wanted, s, log)) co_return startup_fsm::hang_up{};
        } else if (!std::holds_alternative<startup_fsm::read_more>(what)) {
            co_return std::move(what);
        } else if (!co_await c.read_more()) {
            if (!c.draining()) co_return startup_fsm::hang_up{};
            co_return startup_fsm::reject{
                sql_error(sqlstate::cannot_connect_now, "the database system is shutting down")
                    .with_severity(severity::fatal)};
        }
    }
}

}  // namespace historyd::net
