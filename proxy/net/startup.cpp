#include "proxy/net/startup.hpp"

#include "proxy/net/timeout.hpp"

namespace historyd::net {

namespace {

using protocol::startup_fsm;

asio::awaitable<startup_fsm::action> converse(connection& c) {
    startup_fsm fsm;
    for (;;) {
        auto [what, consumed] = fsm.next(c.received());
        c.consume(consumed);
        if (const auto* reply = std::get_if<startup_fsm::answer>(&what)) {
            c.out().push_back(reply->byte);
            if (!co_await c.flush()) co_return startup_fsm::hang_up{};
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

}  // namespace

asio::awaitable<startup_fsm::action> run_startup(connection& c, std::chrono::milliseconds limit) {
    auto done = co_await cancel_after(limit, converse(c));
    if (!done) co_return startup_fsm::hang_up{};
    co_return std::move(*done);
}

}  // namespace historyd::net
