#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace historyd::net {

namespace asio = boost::asio;

// TCP and Unix sockets alike.
using stream_socket = asio::generic::stream_protocol::socket;

// The server's side of TLS over a client's socket, which outlives it.
class tls_stream {
public:
    tls_stream(stream_socket& socket, std::shared_ptr<asio::ssl::context> context)
        : context_(std::move(context)), stream_(socket, *context_) {}

    asio::ssl::stream<stream_socket&>& stream() { return stream_; }

    // `received`: bytes of the client's that were read already. Returns: what went wrong, or
    // nothing.
    asio::awaitable<std::string> handshake(std::string_view received);
    // Tells the peer that nothing more comes, and waits until it says so too.
    asio::awaitable<bool> shut_down();

    // After the handshake.
    bool chose_alpn() const;
    // Common name of the client's certificate, which was verified; empty when it sent none.
    std::string client_common_name() const;
    bool has_client_certificate() const;
    // tls-server-end-point of RFC 5929; empty when the certificate's algorithm has no hash.
    std::string server_end_point() const;

private:
    std::shared_ptr<asio::ssl::context> context_;
    asio::ssl::stream<stream_socket&> stream_;
};

}  // namespace historyd::net
