#include "conf/listen_address.hpp"

#include <gtest/gtest.h>

namespace historyd::conf {

namespace {

TEST(listen_address, forms) {
    EXPECT_EQ(*parse_listen_address("127.0.0.1:5499"), (listen_address{"127.0.0.1", 5499}));
    EXPECT_EQ(*parse_listen_address("localhost:0"), (listen_address{"localhost", 0}));
    EXPECT_EQ(*parse_listen_address("[::1]:65535"), (listen_address{"::1", 65535}));
    EXPECT_EQ(*parse_listen_address("*:1"), (listen_address{"*", 1}));
}

TEST(listen_address, what_is_wrong_is_said) {
    const auto message = [](std::string_view text) {
        const auto parsed = parse_listen_address(text);
        return parsed ? std::string("fine") : parsed.error().message;
    };
    EXPECT_EQ(message("5499"), "\"5499\" is not HOST:PORT: the port is missing");
    EXPECT_EQ(message("a:"), "\"a:\" is not HOST:PORT: the port is a number up to 65535");
    EXPECT_EQ(message("a:65536"), "\"a:65536\" is not HOST:PORT: the port is a number up to 65535");
    EXPECT_EQ(message("a:-1"), "\"a:-1\" is not HOST:PORT: the port is a number up to 65535");
    EXPECT_EQ(message("a:1x"), "\"a:1x\" is not HOST:PORT: the port is a number up to 65535");
    EXPECT_EQ(message("::1:5"), "\"::1:5\" is not HOST:PORT: write an IPv6 address in brackets");
    EXPECT_EQ(message(":5"),
              "\":5\" is not HOST:PORT: the host is missing (* means all addresses)");
}

}  // namespace

}  // namespace historyd::conf
