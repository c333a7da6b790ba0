#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string_view>
#include <vector>

#include "proxy/databases.hpp"
#include "proxy/net/http_server.hpp"
#include "proxy/net/server.hpp"
#include "proxy/service_notifier.hpp"

namespace historyd {

// What signals do. SIGTERM and SIGINT: the first drains, the second hurries, as does
// network.drain_timeout_ms. SIGHUP reloads. On the main thread.
class signal_driver {
public:
    struct effects {
        std::function<void()> reload;
        std::function<void()> stop;  // draining begins
        std::function<std::chrono::milliseconds()> drain_timeout;
    };
    signal_driver(boost::asio::io_context& loop, net::server& s,
                  std::vector<net::http_server*> http, net::http_server* admin, databases& all,
                  service_notifier& notifier, effects what);

private:
    void wait();
    void on_signal(int signal);
    void drain();
    void hurry(std::string_view why);
    void one_drained();

    boost::asio::io_context& loop_;
    net::server& server_;
    const std::vector<net::http_server*> http_;
    net::http_server* const admin_;  // drained last, so that /readyz can say so; may be null
    databases& databases_;
    service_notifier& notifier_;
    const effects effects_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer patience_;
    bool draining_ = false;
    std::size_t drained_ = 0;  // servers
};

}  // namespace historyd
