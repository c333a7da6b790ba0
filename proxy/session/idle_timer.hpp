#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>

#include "proxy/session/transport.hpp"

namespace historyd::session {

// While it lives: a session that is still waiting for its client when the time is up is
// interrupted.
class idle_timer {
public:
    idle_timer(const boost::asio::any_io_executor& executor, transport& t,
               std::chrono::milliseconds timeout, sql_error reason)
        : timer_(executor, timeout) {
        timer_.async_wait([&t, reason = std::move(reason),
                           armed = std::weak_ptr(armed_)](boost::system::error_code cancelled) {
            // An expiry may be queued already when the wait ends: `armed` tells.
            if (!cancelled && !armed.expired()) t.interrupt(reason);
        });
    }

private:
    std::shared_ptr<bool> armed_ = std::make_shared<bool>(true);
    boost::asio::steady_timer timer_;
};

}  // namespace historyd::session
