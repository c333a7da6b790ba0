#include "proxy/net/relay.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <array>

#include "proxy/net/timeout.hpp"
#include "proxy/protocol/startup_fsm.hpp"

namespace historyd::net {

namespace {

using asio::ip::tcp;

constexpr std::chrono::seconds connect_time_max(5);
constexpr std::size_t chunk_bytes = 32 * 1024;

asio::awaitable<bool> connect(tcp::socket& socket, const conf::listen_address& to) {
    tcp::resolver resolver(socket.get_executor());
    const auto port = std::to_string(to.port);
    const auto [unknown, found] = co_await resolver.async_resolve(to.host, port, nothrow);
    if (unknown) co_return false;
    const auto [refused, at] = co_await asio::async_connect(socket, found, nothrow);
    boost::system::error_code ignored;
    if (!refused) socket.set_option(tcp::no_delay(true), ignored);
    co_return !refused;
}

asio::awaitable<bool> write_all(tcp::socket& socket, std::string_view bytes) {
    const auto from = asio::buffer(bytes.data(), bytes.size());
    const auto [failed, written] = co_await asio::async_write(socket, from, nothrow);
    co_return !failed;
}

asio::awaitable<bool> to_backend(connection& c, tcp::socket& backend) {
    for (;;) {
        const auto bytes = c.received();
        if (!bytes.empty() && !co_await write_all(backend, bytes)) co_return true;
        c.consume(bytes.size());
        if (!co_await c.read_more()) co_return true;
    }
}

asio::awaitable<bool> to_client(connection& c, tcp::socket& backend) {
    std::array<char, chunk_bytes> chunk;
    for (;;) {
        const auto [failed, bytes] = co_await backend.async_read_some(asio::buffer(chunk), nothrow);
        if (failed) co_return true;
        c.out().append(chunk.data(), bytes);
        if (!co_await c.flush()) co_return true;
    }
}

}  // namespace

asio::awaitable<result<void>> relay(connection& c, std::string_view startup_packet,
                                    const conf::listen_address& to) {
    using namespace asio::experimental::awaitable_operators;
    tcp::socket backend(co_await asio::this_coro::executor);
    const auto connected = co_await cancel_after(connect_time_max, connect(backend, to));
    if (!connected || !*connected || !co_await write_all(backend, startup_packet)) {
        co_return sql_error("08006", "could not connect to the server that this database is on")
            .with_hint("backend of [databases.NAME] in the configuration of historyd says where.")
            .with_severity(severity::fatal);
    }
    // Whichever side ends first ends the other.
    co_await (to_backend(c, backend) || to_client(c, backend));
    co_return result<void>{};
}

asio::awaitable<void> relay_cancel(std::int32_t process_id, std::string_view key,
                                   const conf::listen_address& to) {
    tcp::socket backend(co_await asio::this_coro::executor);
    const auto connected = co_await cancel_after(connect_time_max, connect(backend, to));
    if (!connected || !*connected) co_return;
    const auto request = protocol::encode_cancel_request(process_id, key);
    if (!co_await write_all(backend, request)) co_return;
    // The server closes when it has acted on it, and so do we: the client waits for that.
    std::array<char, 1> nothing;
    auto closed = backend.async_read_some(asio::buffer(nothing), nothrow);
    co_await cancel_after(connect_time_max, std::move(closed));
}

}  // namespace historyd::net
