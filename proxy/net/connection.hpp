#pragma once

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/net/tls_stream.hpp"
#include "proxy/protocol/frame_parser.hpp"
#include "proxy/protocol/receive_buffer.hpp"
#include "proxy/session/transport.hpp"

namespace historyd::net {

struct keepalive_options {
    int idle_s = 60, interval_s = 10, probes = 6;
};

// One client's socket with its buffers and its encryption: what a session talks through. Lives in
// its coroutine's frame, used on its I/O thread only.
class connection final : public session::transport {
public:
    connection(stream_socket socket, std::size_t message_bytes_max);

    // TCP only: small answers go out at once, dead peers are noticed.
    void set_tcp_options(const keepalive_options& keepalive);
    std::string peer_address() const;  // empty for a Unix socket
    std::int32_t peer_port() const;    // -1 for a Unix socket

    // Start-up, before there are frames. read_more() returns false when the peer is gone or the
    // daemon stops.
    std::string_view received() const { return receive_.data(); }
    void consume(std::size_t bytes) { receive_.consume(bytes); }
    asio::awaitable<bool> read_more();
    // From here on everything is encrypted; what is in received() belongs to the handshake.
    // Returns: what went wrong, or nothing.
    asio::awaitable<std::string> start_tls(std::shared_ptr<asio::ssl::context> context);
    // nullptr while nothing is encrypted.
    const tls_stream* tls() const { return tls_.get(); }
    // The operating system's name of the user at the other end of a Unix socket; empty: unknown.
    std::string peer_user() const;
    // What failed logins are counted by: the address, or the user of the operating system.
    std::string peer_key() const;

    // transport
    asio::awaitable<bool> arrival() override;
    result<session::frame_view> take_frame() override;
    std::optional<char> peek_type() override;
    std::string& out() override { return out_; }
    asio::awaitable<bool> flush() override;
    bool flush_now() override;
    void interrupt(sql_error reason) override;
    void wake() override;
    void set_at_rest(bool at_rest) override { at_rest_ = at_rest; }

    // The daemon stops: once the session is at rest take_frame() fails with 57P01. A client that
    // has connected and asked nothing yet is given a moment to do so: its connection was accepted,
    // and should not turn out to be refused.
    void drain();
    bool draining() const { return draining_; }
    // Breaks the connection; whatever waits on it fails.
    void abort();

    // Says goodbye so that what was sent last is read: closing a socket with unread input would
    // destroy it on its way.
    asio::awaitable<void> close();

private:
    asio::awaitable<std::size_t> discard_input();
    // Neither a message, nor a reason why there will be none.
    bool lacks_message() const;
    void give_back_frame() { receive_.consume(std::exchange(current_frame_bytes_, 0)); }
    bool ends() const { return draining_ && at_rest_ && (has_asked_ || patience_over_); }

    stream_socket socket_;
    std::unique_ptr<tls_stream> tls_;
    protocol::receive_buffer receive_;
    protocol::frame_parser frames_;
    std::size_t read_bytes_ = 2 * 1024;    // asked for by the next read
    std::size_t current_frame_bytes_ = 0;  // lent out, to be consumed before the next
    std::string out_;
    std::unique_ptr<const sql_error> interruption_;
    bool reading_ = false, writing_ = false, draining_ = false;
    bool at_rest_ = true, has_asked_ = false, patience_over_ = false, woken_ = false;
    std::shared_ptr<asio::steady_timer> patience_;  // set while the daemon stops
    bool peer_gone_ = false;  // a read after the end of the stream may never return
};

}  // namespace historyd::net
