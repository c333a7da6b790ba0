#include "proxy/net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <tuple>

#include "proxy/net/timeout.hpp"

namespace historyd::net {

namespace {

// Thousands of connections wait with a buffer each: it is small until more arrives at once.
constexpr std::size_t read_bytes_min = 2 * 1024, read_bytes_max = 16 * 1024;
constexpr std::size_t idle_out_bytes_max = 8 * 1024;
constexpr std::chrono::milliseconds first_request_time_max(1000);
constexpr std::size_t goodbye_bytes_max = 1 << 20;

template <int level, int name>
using socket_option = asio::detail::socket_option::integer<level, name>;

std::optional<asio::ip::tcp::endpoint> tcp_peer(const stream_socket& socket) {
    boost::system::error_code failed;
    const auto peer = socket.remote_endpoint(failed);
    const int family = failed ? AF_UNSPEC : peer.protocol().family();
    if (family != AF_INET && family != AF_INET6) return std::nullopt;
    asio::ip::tcp::endpoint tcp;
    if (peer.size() > tcp.capacity()) return std::nullopt;
    std::memcpy(tcp.data(), peer.data(), peer.size());
    tcp.resize(peer.size());
    return tcp;
}

std::optional<uid_t> peer_uid(const stream_socket& socket) {
    if (tcp_peer(socket)) return std::nullopt;
    ucred peer{};
    socklen_t length = sizeof peer;
    const int fd = const_cast<stream_socket&>(socket).native_handle();
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
    return peer.uid;
}

}  // namespace

connection::connection(stream_socket socket, std::size_t message_bytes_max)
    : socket_(std::move(socket)), frames_(message_bytes_max) {
    boost::system::error_code ignored;  // then flush_now() would wait
    socket_.non_blocking(true, ignored);
}

void connection::set_tcp_options(const keepalive_options& keepalive) {
    if (!tcp_peer(socket_)) return;
    boost::system::error_code ignored;  // a peer that has left already shows in the first read
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.set_option(socket_option<IPPROTO_TCP, TCP_KEEPIDLE>(keepalive.idle_s), ignored);
    socket_.set_option(socket_option<IPPROTO_TCP, TCP_KEEPINTVL>(keepalive.interval_s), ignored);
    socket_.set_option(socket_option<IPPROTO_TCP, TCP_KEEPCNT>(keepalive.probes), ignored);
}

std::string connection::peer_address() const {
    const auto tcp = tcp_peer(socket_);
    return tcp ? tcp->address().to_string() : std::string();
}

std::int32_t connection::peer_port() const {
    const auto tcp = tcp_peer(socket_);
    return tcp ? tcp->port() : -1;
}

std::string connection::peer_user() const {
    const auto uid = peer_uid(socket_);
    if (!uid) return {};
    passwd entry{}, *found = nullptr;
    std::array<char, 16 * 1024> names;
    ::getpwuid_r(*uid, &entry, names.data(), names.size(), &found);
    return found != nullptr ? found->pw_name : "";
}

std::string connection::peer_key() const {
    const auto uid = peer_uid(socket_);
    return uid ? "uid " + std::to_string(*uid) : peer_address();
}

asio::awaitable<bool> connection::read_more() {
    if (ends() || peer_gone_) co_return false;
    const auto space = receive_.prepare(read_bytes_);
    reading_ = true;
    const auto into = asio::buffer(space.data, space.size);
    boost::system::error_code failed;
    std::size_t bytes = 0;
    if (tls_) {
        std::tie(failed, bytes) = co_await tls_->stream().async_read_some(into, nothrow);
    } else {
        std::tie(failed, bytes) = co_await socket_.async_read_some(into, nothrow);
    }
    reading_ = false;
    receive_.commit(bytes);
    read_bytes_ = bytes == space.size ? read_bytes_max : read_bytes_min;
    peer_gone_ = failed && failed != asio::error::operation_aborted;
    co_return !failed;
}

asio::awaitable<std::string> connection::start_tls(std::shared_ptr<asio::ssl::context> context) {
    tls_ = std::make_unique<tls_stream>(socket_, std::move(context));
    auto failed = co_await tls_->handshake(receive_.data());
    receive_.consume(receive_.data().size());
    co_return failed;
}

bool connection::lacks_message() const {
    const auto cut = frames_.next(receive_.data());
    return cut && !*cut && !ends() && interruption_ == nullptr;
}

asio::awaitable<bool> connection::arrival() {
    give_back_frame();
    // Not `if (!co_await read_more()) break;`: g++ 12 then resumes the frame at a wrong address.
    for (bool more = true; more && !woken_ && lacks_message();) more = co_await read_more();
    co_return !(std::exchange(woken_, false) && lacks_message() && !peer_gone_);
}

result<session::frame_view> connection::take_frame() {
    give_back_frame();
    woken_ = false;
    const auto cut = frames_.next(receive_.data());
    if (!cut) return cut.error();
    const auto reason = std::exchange(interruption_, nullptr);
    if (*cut) {  // it came in time after all
        has_asked_ = true;
        current_frame_bytes_ = (*cut)->bytes();
        return session::frame_view{(*cut)->type, (*cut)->body};
    }
    if (ends()) {
        return sql_error(sqlstate::admin_shutdown,
                         "terminating connection due to administrator command");
    }
    if (reason) return *reason;
    return sql_error(sqlstate::connection_exception, "client closed the connection");
}

std::optional<char> connection::peek_type() {
    const auto cut = frames_.next(receive_.data().substr(current_frame_bytes_));
    if (!cut || !*cut) return std::nullopt;
    return (*cut)->type;
}

bool connection::flush_now() {
    if (tls_) return false;
    boost::system::error_code failed;
    const auto sent = socket_.send(asio::buffer(out_), 0, failed);
    out_.erase(0, sent);
    if (!out_.empty()) return false;
    if (out_.capacity() > idle_out_bytes_max) out_.shrink_to_fit();
    return true;
}

asio::awaitable<bool> connection::flush() {
    if (flush_now()) co_return true;
    writing_ = true;
    const auto from = asio::buffer(out_);
    boost::system::error_code failed;
    if (tls_) {
        std::tie(failed, std::ignore) = co_await asio::async_write(tls_->stream(), from, nothrow);
    } else {
        std::tie(failed, std::ignore) = co_await asio::async_write(socket_, from, nothrow);
    }
    writing_ = false;
    if (failed) abort();  // else Asio would have the next send wait for a socket that says no more
    out_.clear();
    if (out_.capacity() > idle_out_bytes_max) out_.shrink_to_fit();
    co_return !failed;
}

void connection::interrupt(sql_error reason) {
    interruption_ = std::make_unique<const sql_error>(std::move(reason));
    boost::system::error_code ignored;
    if (writing_) abort();  // the peer does not read: nothing can be said to it
    if (reading_) socket_.cancel(ignored);
}

void connection::wake() {
    woken_ = true;
    boost::system::error_code ignored;
    if (reading_) socket_.cancel(ignored);
}

void connection::drain() {
    draining_ = true;
    boost::system::error_code ignored;
    if (reading_ && ends()) socket_.cancel(ignored);
    if (has_asked_) return;
    patience_ =
        std::make_shared<asio::steady_timer>(socket_.get_executor(), first_request_time_max);
    // An expiry may be queued already when the connection ends: `alive` tells.
    patience_->async_wait(
        [this, alive = std::weak_ptr(patience_)](boost::system::error_code cancelled) {
            if (cancelled || alive.expired()) return;
            patience_over_ = true;
            boost::system::error_code unheeded;
            if (reading_ && ends()) socket_.cancel(unheeded);
        });
}

void connection::abort() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<std::size_t> connection::discard_input() {
    char scrap[4096];
    std::size_t discarded = 0;
    while (discarded < goodbye_bytes_max) {
        const auto [failed, bytes] = co_await socket_.async_read_some(asio::buffer(scrap), nothrow);
        discarded += bytes;
        if (failed) break;
    }
    co_return discarded;
}

asio::awaitable<void> connection::close() {
    boost::system::error_code failed;
    if (tls_ && !peer_gone_) co_await cancel_after(goodbye_time_max, tls_->shut_down());
    socket_.shutdown(asio::socket_base::shutdown_send, failed);
    if (!failed && !peer_gone_) co_await cancel_after(goodbye_time_max, discard_input());
    abort();
}

}  // namespace historyd::net
