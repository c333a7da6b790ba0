#include "proxy/net/timeout.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <array>

namespace historyd::net {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using local_socket = asio::local::stream_protocol::socket;

class timeout : public testing::Test {
protected:
    timeout() : ours(loop), theirs(loop) { asio::local::connect_pair(ours, theirs); }

    asio::awaitable<std::string> read_one() {
        std::array<char, 1> byte{};
        const auto [failed, n] =
            co_await ours.async_read_some(asio::buffer(byte), asio::as_tuple(asio::use_awaitable));
        last_error = failed;
        co_return std::string(byte.data(), n);
    }

    std::optional<std::string> run(std::chrono::steady_clock::duration limit) {
        std::optional<std::string> outcome;
        asio::co_spawn(
            loop, cancel_after(limit, read_one()),
            [&](std::exception_ptr, std::optional<std::string> o) { outcome = std::move(o); });
        loop.run();
        loop.restart();
        return outcome;
    }

    asio::io_context loop;
    local_socket ours, theirs;
    boost::system::error_code last_error;
};

TEST_F(timeout, what_ends_in_time_gives_its_result) {
    asio::write(theirs, asio::buffer("x", 1));
    EXPECT_EQ(run(1h), "x");  // and the timer does not keep the loop
}

TEST_F(timeout, what_does_not_is_cancelled) {
    EXPECT_EQ(run(1ms), std::nullopt);
    EXPECT_EQ(last_error, asio::error::operation_aborted);
}

TEST_F(timeout, the_object_works_on_after_a_timeout) {
    EXPECT_EQ(run(1ms), std::nullopt);
    asio::write(theirs, asio::buffer("y", 1));
    EXPECT_EQ(run(1h), "y");
}

asio::awaitable<std::variant<int, std::string>> variant_result() { co_return "text"; }

TEST_F(timeout, a_variant_stays_one_result) {
    std::optional<std::variant<int, std::string>> outcome;
    asio::co_spawn(loop, cancel_after(1h, variant_result()),
                   [&](std::exception_ptr, auto o) { outcome = std::move(o); });
    loop.run();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(std::get<std::string>(*outcome), "text");
}

TEST_F(timeout, a_result_that_is_an_error_is_a_result) {
    theirs.close();
    EXPECT_EQ(run(1h), "");
    EXPECT_EQ(last_error, asio::error::eof);
}

}  // namespace

}  // namespace historyd::net
