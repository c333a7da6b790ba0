#pragma once

#include <absl/base/thread_annotations.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "proxy/net/admission.hpp"
#include "proxy/net/authentication.hpp"
#include "proxy/net/cancel_registry.hpp"
#include "proxy/net/connection.hpp"
#include "proxy/net/io_threads.hpp"
#include "proxy/net/listener.hpp"
#include "proxy/net/security.hpp"
#include "proxy/protocol/startup_fsm.hpp"
#include "proxy/session/session.hpp"

namespace historyd::net {

struct server_options {
    listener_options listen;
    admission_limits admission;
    std::chrono::milliseconds startup_timeout{10'000};
    std::size_t message_bytes_max = 64u << 20;
    keepalive_options keepalive;
    session::session_limits session;
};

// Runs one authenticated client's session to its end on the current I/O thread, with the
// registration armed while it runs; the arguments outlive it. Installed by the composition root.
using session_function = std::function<asio::awaitable<void>(
    session::transport&, const session::session_parameters&, cancel_registry::registration&)>;

// Accepts clients, takes them through start-up and gives each a session, on threads chosen in turn.
class server {
public:
    // Opens the listening sockets. Throws std::runtime_error with one line.
    server(io_threads& threads, server_options options, security_source& security, client_log& log,
           session_function run_session);
    // Call when drained.
    ~server();

    void start();
    // Any thread: rules, users, limits and timeouts for clients that come from now on; `listen` is
    // not looked at. Throws std::runtime_error with one line when they would leave a door open or
    // cannot be read: nothing was changed.
    void reload(server_options options, const security_options& access);
    const listener& listening() const { return listener_; }
    std::size_t sessions() const { return admission_.sessions(); }

    // Any thread. Takes no new connections, ends idle sessions, lets running ones finish what has
    // arrived. `drained` is called once, on some I/O thread, when no connection is left.
    void drain(std::function<void()> drained);
    // Any thread, after drain(): cancels running statements and breaks the connections.
    void hurry();

private:
    // The connections of one I/O thread, touched there only.
    struct shard {
        asio::io_context& context;
        std::set<connection*> connections;
        bool draining = false;
    };
    class membership;

    shard& next_shard();
    void accepted(stream_socket socket);
    asio::awaitable<void> serve(shard& home, stream_socket socket);
    // From the first byte to the start of a session; nullptr when there is to be none.
    struct begun_session;
    asio::awaitable<std::unique_ptr<begun_session>> begin(connection& c);
    // Start-up, TLS and authentication. `granted` is set when a client was let in.
    asio::awaitable<protocol::startup_fsm::action> let_in(connection& c, permission& granted);
    asio::awaitable<std::unique_ptr<begun_session>> admit(connection& c,
                                                          protocol::startup_fsm::accept accepted,
                                                          permission granted);
    asio::awaitable<void> cancel(std::int32_t process_id, std::string key);
    void one_less();

    std::shared_ptr<const server_options> options() const;

    mutable std::mutex options_mutex_;
    std::shared_ptr<const server_options> options_ ABSL_GUARDED_BY(options_mutex_);
    const session_function run_session_;
    io_threads& threads_;
    security_source& security_;
    client_log& log_;
    admission admission_;
    cancel_registry cancels_;
    std::vector<std::unique_ptr<shard>> shards_;
    std::size_t last_shard_ = 0;  // on the accepting thread
    listener listener_;
    std::function<void()> drained_;
    // Connections, and one for the server itself until it drains: whoever takes the last calls
    // drained_.
    std::atomic<std::size_t> alive_ = 1;
};

}  // namespace historyd::net
