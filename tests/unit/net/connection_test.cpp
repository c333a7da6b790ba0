#include "proxy/net/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/protocol/frontend_messages.hpp"

namespace historyd::net {

namespace {

using local_socket = asio::local::stream_protocol::socket;

class connection_test : public testing::Test {
protected:
    connection_test() : peer(loop), c(pair_with(peer), 1 << 20) {}

    stream_socket pair_with(local_socket& other) {
        local_socket ours(loop);
        asio::local::connect_pair(ours, other);
        return stream_socket(std::move(ours));
    }

    void send(std::string_view bytes) { asio::write(peer, asio::buffer(bytes)); }

    // "Q" and its body, or the SQLSTATE of the error.
    static std::string text_of(const result<session::frame_view>& frame) {
        return frame ? std::string(1, frame->type) + std::string(frame->body)
                     : frame.error().sqlstate;
    }

    // Starts waiting for a message; its outcome is in `last` once the loop has run to its end.
    void start_reading() {
        last.reset();
        asio::co_spawn(loop, c.arrival(), [this](const std::exception_ptr&, bool arrived) {
            if (arrived) {
                last = text_of(c.take_frame());
            } else {
                last = "woken";
            }
        });
    }
    std::optional<std::string> read() {
        start_reading();
        loop.restart();
        loop.run();
        return last;
    }
    void poll() {
        loop.restart();
        loop.poll();
    }

    static std::string query(std::string_view text) {
        std::string out;
        protocol::query_view{text}.encode(out);
        return out;
    }

    asio::io_context loop;
    local_socket peer;
    connection c;
    std::optional<std::string> last;
};

using namespace std::literals;

TEST_F(connection_test, frames_one_after_another) {
    send(query("one") + query("two"));
    EXPECT_EQ(read(), "Qone\0"s);
    EXPECT_EQ(c.peek_type(), 'Q');
    EXPECT_EQ(read(), "Qtwo\0"s);
    EXPECT_EQ(c.peek_type(), std::nullopt);
}

TEST_F(connection_test, a_frame_in_pieces) {
    const auto bytes = query("in pieces");
    start_reading();
    for (const char byte : bytes) {
        EXPECT_EQ(last, std::nullopt);
        EXPECT_EQ(c.peek_type(), std::nullopt);
        send({&byte, 1});
        poll();
    }
    EXPECT_EQ(last, "Qin pieces\0"s);
}

TEST_F(connection_test, peek_does_not_take_a_partial_message_for_a_whole) {
    send(query("one") + "S\0\0"s);
    EXPECT_EQ(read(), "Qone\0"s);
    EXPECT_EQ(c.peek_type(), std::nullopt);
}

TEST_F(connection_test, a_peer_that_leaves) {
    send(query("last") + "Q\0\0"s);
    peer.close();
    EXPECT_EQ(read(), "Qlast\0"s);
    EXPECT_EQ(read(), "08000");
    EXPECT_EQ(read(), "08000");
}

TEST_F(connection_test, a_malformed_frame) {
    send("Q\0\0\0\x01"sv);
    EXPECT_EQ(read(), "08P01");
}

TEST_F(connection_test, interrupt_wakes_a_waiting_read) {
    start_reading();
    poll();
    ASSERT_EQ(last, std::nullopt);
    c.interrupt({"57P05", "idle"});
    loop.restart();
    loop.run();
    EXPECT_EQ(last, "57P05");
    send(query("afterwards"));
    EXPECT_EQ(read(), "Qafterwards\0"s);
}

TEST_F(connection_test, a_message_that_arrived_beats_the_interrupt) {
    start_reading();
    poll();
    send(query("in time"));
    c.interrupt({"57P05", "idle"});
    loop.restart();
    loop.run();
    // Whichever the kernel reports first, the message is not lost.
    if (last == "57P05") last = read();
    EXPECT_EQ(last, "Qin time\0"s);
}

TEST_F(connection_test, wake_ends_a_waiting_arrival) {
    start_reading();
    poll();
    ASSERT_EQ(last, std::nullopt);
    c.wake();
    loop.restart();
    loop.run();
    EXPECT_EQ(last, "woken");
    send(query("afterwards"));
    EXPECT_EQ(read(), "Qafterwards\0"s);
}

TEST_F(connection_test, wake_ends_the_next_arrival_unless_a_message_is_there) {
    c.wake();
    EXPECT_EQ(read(), "woken");
    c.wake();
    send(query("first"));
    loop.restart();
    loop.run();
    start_reading();
    poll();
    if (last == "woken") last = read();  // nothing was read yet
    EXPECT_EQ(last, "Qfirst\0"s);
    send(query("second"));
    EXPECT_EQ(read(), "Qsecond\0"s);
}

TEST_F(connection_test, a_wake_is_forgotten_when_a_message_is_taken) {
    send(query("one") + query("two"));
    EXPECT_EQ(read(), "Qone\0"s);
    c.wake();
    ASSERT_EQ(c.peek_type(), 'Q');
    EXPECT_EQ(text_of(c.take_frame()), "Qtwo\0"s);
    start_reading();
    poll();
    EXPECT_EQ(last, std::nullopt);
    c.abort();
    poll();
}

TEST_F(connection_test, drain_lets_what_has_arrived_finish) {
    send(query("one") + query("two"));
    EXPECT_EQ(read(), "Qone\0"s);
    c.drain();
    EXPECT_EQ(read(), "Qtwo\0"s);
    send(query("too late"));
    EXPECT_EQ(read(), "57P01");
    EXPECT_EQ(read(), "57P01");
}

TEST_F(connection_test, drain_wakes_a_waiting_read) {
    start_reading();
    poll();
    c.drain();
    loop.restart();
    loop.run();
    EXPECT_EQ(last, "57P01");
}

TEST_F(connection_test, abort_wakes_a_waiting_read) {
    start_reading();
    poll();
    c.abort();
    loop.restart();
    loop.run();
    EXPECT_EQ(last, "08000");
}

TEST_F(connection_test, flush_waits_for_the_peer) {
    const std::string megabytes(4 << 20, 'x');
    std::optional<bool> flushed;
    c.out() = megabytes;
    asio::co_spawn(loop, c.flush(), [&](std::exception_ptr, bool sent) { flushed = sent; });
    poll();
    EXPECT_EQ(flushed, std::nullopt);
    std::string received(megabytes.size(), '\0');
    std::size_t at = 0;
    while (at < received.size()) {
        at += peer.read_some(asio::buffer(received.data() + at, received.size() - at));
        poll();
    }
    loop.restart();
    loop.run();
    EXPECT_EQ(flushed, true);
    EXPECT_EQ(received, megabytes);
    EXPECT_TRUE(c.out().empty());
}

TEST_F(connection_test, flush_to_a_peer_that_left) {
    peer.close();
    std::optional<bool> flushed;
    c.out() = "unread";
    asio::co_spawn(loop, c.flush(), [&](std::exception_ptr, bool sent) { flushed = sent; });
    loop.run();
    EXPECT_EQ(flushed, false);
}

// Input that was never read must not destroy the last answer on its way.
TEST_F(connection_test, close_delivers_the_last_answer) {
    send(query("never read"));
    c.out() = "goodbye";
    bool closed = false;
    asio::co_spawn(loop, c.flush(), [&](std::exception_ptr, bool) {
        asio::co_spawn(loop, c.close(), [&](std::exception_ptr) { closed = true; });
    });
    poll();
    std::string received(7, '\0');
    asio::read(peer, asio::buffer(received));
    EXPECT_EQ(received, "goodbye");
    peer.close();
    loop.restart();
    loop.run();
    EXPECT_TRUE(closed);
}

TEST_F(connection_test, a_unix_peer_has_no_address) {
    EXPECT_EQ(c.peer_address(), "");
    EXPECT_EQ(c.peer_port(), -1);
}

}  // namespace

}  // namespace historyd::net
