#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "conf/listen_address.hpp"
#include "proxy/net/connection.hpp"
#include "proxy/net/unix_socket.hpp"

namespace historyd::net {

struct listener_options {
    std::vector<conf::listen_address> addresses;
    std::filesystem::path socket_directory;  // empty: no Unix socket
    std::filesystem::path storage;           // named in the socket's lock file
    std::vector<int> inherited;  // listening sockets of systemd's: used instead of all else
};

// The listening sockets. All accepting happens on one I/O thread; accepted sockets are made for the
// io_context that `target` names and handed to `accepted`, both called on that thread.
class listener {
public:
    using target_function = std::function<asio::io_context&()>;
    using accepted_function = std::function<void(stream_socket)>;

    // Opens everything. Throws std::runtime_error with one line when something cannot be.
    listener(asio::io_context& context, listener_options options);
    ~listener();

    void start(target_function target, accepted_function accepted);
    // Closes the sockets; connection attempts are refused from here on. On the accepting thread.
    void stop();

    // Where it listens: "127.0.0.1:5499", "/run/historyd/.s.PGSQL.5499".
    const std::vector<std::string>& names() const { return names_; }
    // The port that URLs should name: that of the first TCP socket, else of the Unix socket.
    unsigned port() const { return port_; }

private:
    using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

    void open_tcp(const conf::listen_address& address);
    void adopt(int fd);
    asio::awaitable<void> accept_on(acceptor& from);

    asio::io_context& context_;
    std::vector<unix_socket> unix_sockets_;
    std::vector<acceptor> acceptors_;
    std::vector<std::string> names_;
    unsigned port_ = 0;
    target_function target_;
    accepted_function accepted_;
};

}  // namespace historyd::net
