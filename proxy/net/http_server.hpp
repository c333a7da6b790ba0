#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proxy/net/io_threads.hpp"
#include "proxy/net/listener.hpp"

namespace historyd::net {

namespace http = boost::beast::http;

using http_request = http::request<http::string_body>;
using http_response = http::response<http::string_body>;

// Answers one request, on the I/O thread of its connection. Content-Length, Connection and Date are
// the server's; of an answer to HEAD it sends the headers only.
using http_handler = std::function<asio::awaitable<http_response>(http_request)>;

// Looks at a request's head before its body is read. Returns: the answer that refuses it, if any.
using http_admission = std::function<std::optional<http_response>(const http_request& head)>;

struct http_server_options {
    std::string name;  // in the log: "rest"
    std::vector<conf::listen_address> addresses;
    std::size_t connections_max = 256;  // beyond: 503
    std::uint32_t header_bytes_max = 32u << 10;
    std::uint64_t body_bytes_max = 1u << 20;
    http_admission admit;                                // empty: every request is
    std::chrono::milliseconds idle_timeout{75'000};      // between the requests of a connection
    std::chrono::milliseconds request_timeout{30'000};   // from first byte to last
    std::chrono::milliseconds response_timeout{30'000};  // for a client to take the answer
};

// HTTP/1.1 with keep-alive over the project's threads: accepts, reads requests within limits, hands
// each to the handler, writes what it returns. Installed by the composition root.
class http_server {
public:
    // Opens the listening sockets. Throws std::runtime_error with one line.
    http_server(io_threads& threads, http_server_options options, http_handler handler);
    // Call when drained.
    ~http_server();

    void start();
    const listener& listening() const { return listener_; }
    std::size_t connections() const { return alive_ - 1; }

    // Any thread, once. Takes no new connections, ends idle ones, lets running requests have their
    // answer. `drained` is called once, on some I/O thread, when no connection is left.
    void drain(std::function<void()> drained);
    // Any thread, after drain(): breaks the connections.
    void hurry();

private:
    class connection;
    // The connections of one I/O thread, touched there only.
    struct shard {
        asio::io_context& context;
        std::set<connection*> connections;
        bool draining = false;
    };

    shard& next_shard();
    void accepted(stream_socket socket);
    asio::awaitable<void> serve(shard& home, stream_socket socket, bool welcome);
    asio::awaitable<http_response> handle(http_request request);
    void one_less();

    const http_server_options options_;
    const http_handler handler_;
    io_threads& threads_;
    std::vector<std::unique_ptr<shard>> shards_;
    std::size_t last_shard_ = 0;  // on the accepting thread
    listener listener_;
    bool draining_ = false;  // on the accepting thread
    std::function<void()> drained_;
    // Connections, and one for the server itself until it drains: whoever takes the last calls
    // drained_.
    std::atomic<std::size_t> alive_ = 1;
};

}  // namespace historyd::net
