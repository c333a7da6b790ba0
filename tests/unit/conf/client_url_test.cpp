#include "conf/client_url.hpp"

#include <gtest/gtest.h>

namespace historyd::conf {
namespace {

std::string url(std::vector<std::string> listen, std::string socket_dir = {}) {
    config c;
    c.listen = std::move(listen);
    c.socket_dir = std::move(socket_dir);
    const auto made = client_url(c);
    return made ? *made : made.error().sqlstate;
}

TEST(ClientUrl, IsTheFirstAddress) {
    EXPECT_EQ(url({"127.0.0.1:5499"}), "postgresql://127.0.0.1:5499/mem0");
    EXPECT_EQ(url({"history.example.com:1", "127.0.0.1:2"}, "/run/historyd"),
              "postgresql://history.example.com:1/mem0");
    EXPECT_EQ(url({"[::1]:5499"}), "postgresql://[::1]:5499/mem0");
}

TEST(ClientUrl, EveryAddressIsReachedByLoopback) {
    EXPECT_EQ(url({"*:5499"}), "postgresql://127.0.0.1:5499/mem0");
    EXPECT_EQ(url({"0.0.0.0:5499"}), "postgresql://127.0.0.1:5499/mem0");
    EXPECT_EQ(url({"[::]:5499"}), "postgresql://[::1]:5499/mem0");
}

TEST(ClientUrl, WithoutTcpItIsTheUnixSocket) {
    EXPECT_EQ(url({}, "/run/historyd"), "postgresql:///mem0?host=/run/historyd&port=5499");
}

TEST(ClientUrl, SomethingMustBeReachable) {
    EXPECT_EQ(url({}), sqlstate::config_file_error);
    EXPECT_EQ(url({"127.0.0.1:0"}), sqlstate::config_file_error);
}

}  // namespace
}  // namespace historyd::conf
