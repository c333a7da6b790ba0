#include "proxy/net/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#include "proxy/net/timeout.hpp"

namespace historyd::net {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr unsigned default_port = 5499;
// Out of descriptors or memory: waiting is all one can do, and accept() would fail in a busy loop.
constexpr std::chrono::milliseconds shortage_pause(200);

bool is_shortage(const error_code& e) {
    return e == asio::error::no_descriptors ||
           e == boost::system::errc::too_many_files_open_in_system || e == asio::error::no_memory ||
           e == asio::error::no_buffer_space;
}

std::string name_of(const tcp::endpoint& e) {
    const auto host = e.address().to_string();
    return (e.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(e.port());
}

[[noreturn]] void cannot_listen(const std::string& where, const error_code& why) {
    throw std::runtime_error("cannot listen on " + where + ": " + why.message());
}

// Returns: a listening descriptor, or the error.
boost::system::result<tcp::acceptor> open_endpoint(asio::io_context& context,
                                                   const tcp::endpoint& endpoint) {
    tcp::acceptor opened(context);
    error_code failed;
    opened.open(endpoint.protocol(), failed);
    if (!failed) opened.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed && endpoint.address().is_v6()) opened.set_option(asio::ip::v6_only(true), failed);
    if (!failed) opened.bind(endpoint, failed);
    if (!failed) opened.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) return failed;
    return opened;
}

}  // namespace

listener::listener(asio::io_context& context, listener_options options) : context_(context) {
    if (!options.inherited.empty()) {
        for (const int fd : options.inherited) adopt(fd);
        if (port_ == 0) port_ = default_port;
        return;
    }
    for (const auto& address : options.addresses) open_tcp(address);
    if (port_ == 0) port_ = default_port;
    if (!options.socket_directory.empty()) {
        auto& opened = unix_sockets_.emplace_back(options.socket_directory, port_, options.storage);
        adopt(opened.release());
    }
    if (acceptors_.empty()) {
        throw std::runtime_error("nowhere to listen: neither an address nor a socket directory");
    }
}

listener::~listener() = default;

void listener::open_tcp(const conf::listen_address& address) {
    const auto where = address.host + ":" + std::to_string(address.port);
    std::vector<tcp::endpoint> endpoints;
    if (address.host == "*") {
        endpoints = {{tcp::v4(), address.port}, {tcp::v6(), address.port}};
    } else {
        error_code failed;
        tcp::resolver resolver(context_);
        const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                            tcp::resolver::passive, failed);
        if (failed) cannot_listen(where, failed);
        for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    }
    error_code last;
    bool opened_one = false;
    for (const auto& endpoint : endpoints) {
        auto opened = open_endpoint(context_, endpoint);
        if (opened) {
            adopt(opened->release());
            opened_one = true;
            continue;
        }
        last = opened.error();
        // A host without IPv6, say, is no reason not to serve; a port that is taken is.
        if (last == asio::error::address_in_use) cannot_listen(name_of(endpoint), last);
    }
    if (!opened_one) cannot_listen(where, last);
}

void listener::adopt(int fd) {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
        cannot_listen("descriptor " + std::to_string(fd),
                      {errno, boost::system::system_category()});
    }
    if (bound.ss_family == AF_UNIX) {
        names_.emplace_back(reinterpret_cast<const sockaddr_un&>(bound).sun_path);
    } else {
        tcp::endpoint endpoint;
        std::memcpy(endpoint.data(), &bound, length);
        endpoint.resize(length);
        names_.push_back(name_of(endpoint));
        if (port_ == 0) port_ = endpoint.port();
    }
    acceptors_.emplace_back(context_, asio::generic::stream_protocol(bound.ss_family, 0), fd);
}

void listener::start(target_function target, accepted_function accepted) {
    target_ = std::move(target);
    accepted_ = std::move(accepted);
    for (auto& from : acceptors_) asio::co_spawn(context_, accept_on(from), asio::detached);
}

void listener::stop() {
    error_code ignored;
    for (auto& from : acceptors_) from.close(ignored);
    unix_sockets_.clear();
}

asio::awaitable<void> listener::accept_on(acceptor& from) {
    bool is_short = false;  // said once, however long it lasts
    while (from.is_open()) {
        auto [failed, socket] = co_await from.async_accept(target_(), nothrow);
        if (!failed) {
            if (std::exchange(is_short, false)) spdlog::info("connections are accepted again");
            accepted_(std::move(socket));
        } else if (is_shortage(failed)) {
            if (!std::exchange(is_short, true)) {
                spdlog::error("cannot accept a connection: {}", failed.message());
            }
            asio::steady_timer pause(context_, shortage_pause);
            co_await pause.async_wait(nothrow);
        }
    }
}

}  // namespace historyd::net
