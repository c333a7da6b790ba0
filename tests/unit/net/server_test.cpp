#include "proxy/net/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/protocol/frontend_messages.hpp"
#include "proxy/protocol/startup_fsm.hpp"
#include "tests/unit/net/temporary_directory.hpp"
#include "tests/unit/net/test_client.hpp"

namespace historyd::net {

namespace {

using namespace std::literals;

// Stands for a session: answers "wait" when cancelled, every other query with its text as the tag.
class echo_session {
public:
    asio::awaitable<void> operator()(session::transport& t, const session::session_parameters& p,
                                     cancel_registry::registration& registration) const {
        const auto executor = co_await asio::this_coro::executor;
        const auto running =
            std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
        const cancel_registry::registration::armed armed(registration, [running, executor] {
            // Also ends a wait that is yet to begin.
            asio::post(executor, [running] { running->expires_at({}); });
        });
        protocol::parameter_status{"user", p.user}.encode(t.out());
        protocol::parameter_status{"database", p.database}.encode(t.out());
        protocol::backend_key_data{p.process_id, p.cancel_key}.encode(t.out());
        for (;;) {
            protocol::ready_for_query{'I'}.encode(t.out());
            if (!co_await t.flush()) co_return;
            co_await t.arrival();
            auto frame = t.take_frame();
            if (!frame) {
                auto error = frame.error();
                error.severity = severity::fatal;
                if (error.sqlstate != sqlstate::connection_exception) {
                    protocol::encode_error(error, t.out());
                    co_await t.flush();
                }
                co_return;
            }
            if (frame->type == 'X') co_return;
            const auto text = std::string(protocol::query_view::decode(frame->body)->text);
            if (text == "wait") {
                protocol::command_complete{"waiting"}.encode(t.out());
                co_await t.flush();
                boost::system::error_code cancelled;
                co_await running->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
                protocol::encode_error({sqlstate::query_canceled, "canceled"}, t.out());
            } else {
                protocol::command_complete{text}.encode(t.out());
            }
        }
    }
};

std::string startup(std::string_view user = "mem0") {
    return protocol::encode_startup(protocol::protocol_3_0, {{"user", std::string(user)}});
}

std::string query(std::string_view text) {
    std::string out;
    protocol::query_view{text}.encode(out);
    return out;
}

const std::string terminate("X\0\0\0\x04", 5);

class server_test : public testing::Test {
protected:
    void start() {
        options.listen.addresses = {{"127.0.0.1", 0}};
        running = std::make_unique<server>(threads, options, security, log, echo_session());
        running->start();
        port = running->listening().port();
    }
    void TearDown() override {
        if (!running) return;
        if (!draining.valid()) drain();
        running->hurry();
        EXPECT_EQ(draining.wait_for(20s), std::future_status::ready);
        threads.join();
    }
    void drain() {
        auto done = std::make_shared<std::promise<void>>();
        draining = done->get_future();
        running->drain([done] { done->set_value(); });
    }

    // A client in session, its greeting read.
    struct in_session {
        test_client client;
        std::int32_t process_id = 0;
        std::string key;
    };
    in_session connect(const std::string& first_packet = startup()) {
        in_session s{test_client(port), 0, {}};
        s.client.send(first_packet);
        for (;;) {
            const auto m = s.client.next();
            if (m.type == 'K') {
                protocol::wire_reader r(m.body);
                s.process_id = r.i32();
                s.key = r.rest();
            }
            if (m.type == 'Z' || m.type == 0) return s;
        }
    }
    static std::string answer(in_session& s, std::string_view text) {
        s.client.send(query(text));
        const auto m = s.client.next();
        EXPECT_EQ(s.client.types_until('Z'), "Z");
        return m.body.substr(0, m.body.size() - 1);
    }

    server_options options;
    security_source security{{}};
    client_log log;
    io_threads threads{2};
    std::unique_ptr<server> running;
    std::future<void> draining;
    unsigned port = 0;
};

TEST_F(server_test, a_session) {
    start();
    test_client client(port);
    client.send(startup());
    EXPECT_EQ(client.types_until('Z'), "RSSKZ");
    client.send(query("hello"));
    EXPECT_EQ(client.next().body, "hello\0"s);
    EXPECT_EQ(client.next().type, 'Z');
    client.send(terminate);
    EXPECT_TRUE(client.at_end());
}

TEST_F(server_test, over_a_unix_socket) {
    const temporary_directory directory;
    options.listen.socket_directory = directory.path();
    options.listen.storage = "history.db";
    start();
    test_client client(directory.path() / (".s.PGSQL." + std::to_string(port)));
    client.send(startup());
    EXPECT_EQ(client.types_until('Z'), "RSSKZ");
}

TEST_F(server_test, encryption_is_declined_and_the_session_goes_on) {
    start();
    test_client client(port);
    client.send(protocol::encode_gssenc_request());
    EXPECT_EQ(client.receive(1), "N");
    client.send(protocol::encode_ssl_request());
    EXPECT_EQ(client.receive(1), "N");
    client.send(startup());
    EXPECT_EQ(client.types_until('Z'), "RSSKZ");
}

TEST_F(server_test, everything_in_one_packet) {
    start();
    test_client client(port);
    client.send(protocol::encode_ssl_request() + startup() + query("a") + query("b") + terminate);
    EXPECT_EQ(client.receive(1), "N");
    EXPECT_EQ(client.types_until('Z'), "RSSKZ");
    EXPECT_EQ(client.types_until('Z'), "CZ");
    EXPECT_EQ(client.types_until('Z'), "CZ");
    EXPECT_TRUE(client.at_end());
}

TEST_F(server_test, negotiation_comes_once_and_first) {
    start();
    test_client client(port);
    client.send(protocol::encode_startup(protocol::protocol_3_0 | 9999,
                                         {{"user", "mem0"}, {"_pq_.x", "1"}}));
    EXPECT_EQ(client.types_until('Z'), "vRSSKZ");
}

TEST_F(server_test, cancel_keys_are_as_long_as_the_protocol_wants) {
    start();
    EXPECT_EQ(connect().key.size(), 4u);
    EXPECT_EQ(connect(protocol::encode_startup(protocol::protocol_3_2, {{"user", "u"}})).key.size(),
              32u);
}

TEST_F(server_test, refusals_reach_the_client) {
    start();
    test_client client(port);
    client.send(protocol::encode_startup(protocol::protocol_3_0, {{"database", "d"}}));
    const auto m = client.next();
    EXPECT_EQ(error_field(m.body, 'C'), "28000");
    EXPECT_EQ(error_field(m.body, 'S'), "FATAL");
    EXPECT_TRUE(client.at_end());
}

TEST_F(server_test, a_silent_client_is_disconnected) {
    options.startup_timeout = 20ms;
    start();
    test_client silent(port), half(port);
    half.send(startup().substr(0, 9));
    EXPECT_TRUE(silent.at_end());
    EXPECT_TRUE(half.at_end());
    options.startup_timeout = 10s;
}

TEST_F(server_test, too_many_sessions) {
    options.admission.sessions_max = 1;
    start();
    auto first = connect();
    test_client second(port);
    second.send(startup());
    const auto m = second.next();
    EXPECT_EQ(error_field(m.body, 'C'), "53300");
    EXPECT_EQ(error_field(m.body, 'M'), "sorry, too many clients already");
    EXPECT_TRUE(second.at_end());
    EXPECT_EQ(answer(first, "still here"), "still here");
    first.client.send(terminate);
    EXPECT_TRUE(first.client.at_end());
    // Its place is free once the server has seen it go.
    while (running->sessions() != 0) std::this_thread::yield();
    auto third = connect();
    EXPECT_EQ(answer(third, "in"), "in");
}

TEST_F(server_test, a_place_is_free_when_its_session_has_ended) {
    options.admission.sessions_max = 1;
    start();
    auto lingering = connect();
    lingering.client.send(terminate);
    EXPECT_TRUE(lingering.client.at_end());  // and does not close its own end
    auto next = connect();
    EXPECT_EQ(answer(next, "hello"), "hello");
}

TEST_F(server_test, too_many_starting_up) {
    options.admission.startups_max = 1;
    start();
    test_client first(port);
    first.send(protocol::encode_ssl_request());
    EXPECT_EQ(first.receive(1), "N");  // it is being served now
    test_client second(port);
    EXPECT_EQ(error_field(second.next().body, 'C'), "53300");
    first.send(startup());
    EXPECT_EQ(first.types_until('Z'), "RSSKZ");
    const auto third = connect();
    EXPECT_NE(third.process_id, 0);
}

TEST_F(server_test, cancel_request_reaches_the_running_session) {
    start();
    auto s = connect();
    s.client.send(query("wait"));
    EXPECT_EQ(s.client.next().type, 'C');
    test_client wrong(port);
    wrong.send(protocol::encode_cancel_request(s.process_id, std::string(4, '\0') + s.key));
    EXPECT_TRUE(wrong.at_end());
    test_client canceller(port);
    canceller.send(protocol::encode_cancel_request(s.process_id, s.key));
    EXPECT_TRUE(canceller.at_end());
    EXPECT_EQ(error_field(s.client.next().body, 'C'), "57014");
    EXPECT_EQ(s.client.next().type, 'Z');
}

TEST_F(server_test, cancel_requests_pass_the_session_cap) {
    options.admission.sessions_max = 1;
    start();
    auto s = connect();
    s.client.send(query("wait"));
    EXPECT_EQ(s.client.next().type, 'C');
    test_client canceller(port);
    canceller.send(protocol::encode_cancel_request(s.process_id, s.key));
    EXPECT_EQ(error_field(s.client.next().body, 'C'), "57014");
}

TEST_F(server_test, drain_ends_idle_sessions) {
    start();
    auto a = connect(), b = connect();
    drain();
    for (auto* s : {&a, &b}) {
        const auto m = s->client.next();
        EXPECT_EQ(error_field(m.body, 'S'), "FATAL");
        EXPECT_EQ(error_field(m.body, 'C'), "57P01");
        EXPECT_EQ(error_field(m.body, 'M'), "terminating connection due to administrator command");
        EXPECT_TRUE(s->client.at_end());
        s->client.close();
    }
    EXPECT_EQ(draining.wait_for(20s), std::future_status::ready);
    EXPECT_FALSE(test_client(port).connected());
}

TEST_F(server_test, drain_waits_for_running_statements) {
    start();
    auto s = connect();
    s.client.send(query("wait"));
    EXPECT_EQ(s.client.next().type, 'C');
    auto idle = connect();
    drain();
    EXPECT_EQ(error_field(idle.client.next().body, 'C'), "57P01");
    EXPECT_NE(draining.wait_for(0s), std::future_status::ready);
    running->hurry();
    EXPECT_EQ(draining.wait_for(20s), std::future_status::ready);
}

TEST_F(server_test, drain_refuses_those_starting_up) {
    start();
    test_client client(port);
    client.send(protocol::encode_ssl_request());
    EXPECT_EQ(client.receive(1), "N");
    drain();
    EXPECT_EQ(error_field(client.next().body, 'C'), "57P03");
    EXPECT_TRUE(client.at_end());
}

TEST_F(server_test, drain_of_nobody) {
    start();
    drain();
    EXPECT_EQ(draining.wait_for(20s), std::future_status::ready);
}

TEST_F(server_test, a_client_that_never_reads_is_cut_by_hurry) {
    start();
    in_session s{test_client(port, 4096), 0, {}};
    s.client.send(startup());
    const std::string large = query(std::string(1 << 20, 'x'));
    for (int i = 0; i < 8; ++i) s.client.send(large);
    drain();
    running->hurry();
    EXPECT_EQ(draining.wait_for(20s), std::future_status::ready);
}

TEST_F(server_test, oversized_messages_are_refused) {
    options.message_bytes_max = 1000;
    start();
    auto s = connect();
    s.client.send(query(std::string(2000, 'x')));
    const auto m = s.client.next();
    EXPECT_EQ(error_field(m.body, 'S'), "FATAL");
    EXPECT_EQ(error_field(m.body, 'C'), "53400");
    EXPECT_TRUE(s.client.at_end());
}

const std::string& script() {
    static const std::string bytes =
        protocol::encode_ssl_request() + startup() + query("a") + query("b") + terminate;
    return bytes;
}

TEST_F(server_test, byte_by_byte) {
    start();
    test_client client(port);
    for (const char byte : script()) ASSERT_TRUE(client.send({&byte, 1}));
    EXPECT_EQ(client.receive(1), "N");
    EXPECT_EQ(client.types_until('\0'), "RSSKZCZCZ");
}

// The server outlives a client that leaves after any byte, and gives its places back.
TEST_F(server_test, a_disconnect_at_every_byte) {
    options.admission.sessions_max = 4;
    options.admission.startups_max = 4;
    start();
    for (std::size_t n = 0; n < script().size(); ++n) {
        test_client client(port);
        client.send(std::string_view(script()).substr(0, n));
        client.close();
        while (running->sessions() != 0) std::this_thread::yield();
    }
    for (;;) {  // the last ones may still be leaving
        test_client client(port);
        client.send(startup());
        const auto types = client.types_until('Z');
        if (types == "RSSKZ") break;
        ASSERT_EQ(types, "E");
    }
}

}  // namespace

}  // namespace historyd::net
