#include "proxy/net/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <stdexcept>

#include "tests/unit/net/temporary_directory.hpp"
#include "tests/unit/net/test_client.hpp"

namespace historyd::net {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string error_of(listener_options options) {
    asio::io_context loop;
    try {
        const listener opened(loop, std::move(options));
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "none";
}

TEST(listener, names_what_it_opened) {
    const temporary_directory directory;
    asio::io_context loop;
    const listener opened(loop, {.addresses = {{"127.0.0.1", 0}},
                                 .socket_directory = directory.path(),
                                 .storage = "history.db",
                                 .inherited = {}});
    const auto port = std::to_string(opened.port());
    EXPECT_THAT(opened.names(), ElementsAre("127.0.0.1:" + port,
                                            (directory.path() / (".s.PGSQL." + port)).string()));
}

TEST(listener, a_unix_socket_alone) {
    const temporary_directory directory;
    asio::io_context loop;
    const listener opened(loop, {.addresses = {},
                                 .socket_directory = directory.path(),
                                 .storage = "history.db",
                                 .inherited = {}});
    EXPECT_EQ(opened.port(), 5499u);
    EXPECT_THAT(opened.names(), SizeIs(1));
}

TEST(listener, host_names_are_resolved) {
    asio::io_context loop;
    const listener opened(
        loop,
        {.addresses = {{"localhost", 0}}, .socket_directory = {}, .storage = {}, .inherited = {}});
    EXPECT_THAT(opened.names(), testing::Contains(testing::StartsWith("127.0.0.1:")));
}

TEST(listener, a_port_in_use_is_an_error) {
    asio::io_context loop;
    const listener first(
        loop,
        {.addresses = {{"127.0.0.1", 0}}, .socket_directory = {}, .storage = {}, .inherited = {}});
    const auto port = static_cast<std::uint16_t>(first.port());
    EXPECT_EQ(error_of({.addresses = {{"127.0.0.1", port}},
                        .socket_directory = {},
                        .storage = {},
                        .inherited = {}}),
              "cannot listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
}

TEST(listener, cannot_be_opened) {
    EXPECT_THAT(error_of({}), HasSubstr("nowhere to listen"));
    EXPECT_THAT(error_of({.addresses = {{"192.0.2.1", 5499}},
                          .socket_directory = {},
                          .storage = {},
                          .inherited = {}}),
                HasSubstr("cannot listen on 192.0.2.1:5499"));
}

TEST(listener, inherited_sockets_replace_the_configured) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd, 5), 0);
    asio::io_context loop;
    const listener opened(loop, {.addresses = {{"127.0.0.1", 0}},
                                 .socket_directory = {},
                                 .storage = {},
                                 .inherited = {fd}});
    EXPECT_THAT(opened.names(), ElementsAre("127.0.0.1:" + std::to_string(opened.port())));
    EXPECT_TRUE(test_client(opened.port()).connected());
}

TEST(listener, accepts_until_stopped) {
    asio::io_context loop;
    listener opened(
        loop,
        {.addresses = {{"127.0.0.1", 0}}, .socket_directory = {}, .storage = {}, .inherited = {}});
    std::vector<stream_socket> accepted;
    opened.start([&]() -> asio::io_context& { return loop; },
                 [&](stream_socket socket) {
                     accepted.push_back(std::move(socket));
                     if (accepted.size() == 2) opened.stop();
                 });
    const test_client first(opened.port()), second(opened.port());
    loop.run();  // ends, since nothing is left to accept on
    EXPECT_THAT(accepted, SizeIs(2));
    EXPECT_FALSE(test_client(opened.port()).connected());
}

}  // namespace

}  // namespace historyd::net
