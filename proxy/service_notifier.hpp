#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/net/io_threads.hpp"

namespace historyd {

// Sockets that the service manager opened for us (sd_listen_fds(3)), if any.
std::vector<int> inherited_sockets();

// Tells the service manager what the daemon is doing (sd_notify(3)): READY, STATUS, RELOADING,
// STOPPING, and WATCHDOG while every I/O thread answers. Without one everything here does nothing.
// On the main thread.
class service_notifier {
public:
    // `status`: one line for `systemctl status`, asked for now and then.
    service_notifier(boost::asio::io_context& loop, net::io_threads& threads,
                     std::function<std::string()> status);
    ~service_notifier();

    void ready();
    void reloading();  // ready() when done
    void stopping();

private:
    void tick();
    void ask_threads();

    net::io_threads& threads_;
    const std::function<std::string()> status_;
    const bool watched_by_manager_;  // NOTIFY_SOCKET is set
    std::chrono::microseconds interval_;
    bool has_watchdog_ = false;
    boost::asio::steady_timer timer_;
    // Threads that have not answered yet; shared with what was posted to them.
    std::shared_ptr<std::atomic<std::size_t>> silent_;
    std::string last_status_;
};

}  // namespace historyd
