#include "proxy/net/http_server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <stdexcept>

#include "tests/unit/net/test_client.hpp"

namespace historyd::net {

namespace {

using namespace std::literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// "/wait" answers when it is told to, "/bug" throws, the rest gets method, target and body back.
class echo {
public:
    asio::awaitable<http_response> operator()(http_request request) const {
        if (request.target() == "/bug") throw std::logic_error("a bug");
        http_response response{http::status::ok, 11};
        if (request.target() == "/nothing") {
            response.result(http::status::no_content);
            co_return response;
        }
        if (request.target() == "/wait") {
            waiting->count_down();
            asio::steady_timer pause(co_await asio::this_coro::executor);
            while (!go_on->load()) {
                pause.expires_after(1ms);
                co_await pause.async_wait(asio::use_awaitable);
            }
        }
        response.body() = std::string(request.method_string()) + " " +
                          std::string(request.target()) + " " + request.body();
        co_return response;
    }

    std::shared_ptr<std::latch> waiting = std::make_shared<std::latch>(1);
    std::shared_ptr<std::atomic<bool>> go_on = std::make_shared<std::atomic<bool>>(false);
};

class http_server_test : public testing::Test {
protected:
    void start() {
        options.name = "test";
        options.addresses = {{"127.0.0.1", 0}};
        running = std::make_unique<http_server>(threads, options, handler);
        running->start();
        port = running->listening().port();
    }
    void TearDown() override {
        if (!running) return;
        handler.go_on->store(true);
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
    // Everything up to the end of one answer with a Content-Length.
    static std::string answer(test_client& client) {
        std::string head;
        while (!head.ends_with("\r\n\r\n")) {
            const auto byte = client.receive(1);
            if (byte.empty()) return head;
            head += byte;
        }
        const auto at = head.find("Content-Length: ");
        if (at == head.npos) return head;
        return head + client.receive(std::stoul(head.substr(at + 16)));
    }
    static bool at_end(test_client& client) { return client.receive(1).empty(); }

    http_server_options options;
    echo handler;
    io_threads threads{2};
    std::unique_ptr<http_server> running;
    std::future<void> draining;
    unsigned port = 0;
};

TEST_F(http_server_test, a_request_and_another_on_the_same_connection) {
    start();
    test_client client(port);
    client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto first = answer(client);
    EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(first, HasSubstr("\r\nDate: "));
    EXPECT_THAT(first, EndsWith("\r\n\r\nGET /a "));
    client.send("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_THAT(answer(client), EndsWith("POST /b body"));
}

TEST_F(http_server_test, pipelined_requests_are_answered_in_order) {
    start();
    test_client client(port);
    client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
    for (const auto* target : {"/1", "/2", "/3"}) EXPECT_THAT(answer(client), HasSubstr(target));
}

TEST_F(http_server_test, connection_close_and_http_1_0_end_it) {
    start();
    test_client asked(port), old(port);
    asked.send("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer(asked), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(at_end(asked));
    old.send("GET /a HTTP/1.0\r\n\r\n");
    answer(old);
    EXPECT_TRUE(at_end(old));
}

TEST_F(http_server_test, answers_without_a_body) {
    start();
    test_client client(port);
    client.send("HEAD /a HTTP/1.1\r\n\r\n");
    std::string head;
    while (!head.ends_with("\r\n\r\n")) head += client.receive(1);
    EXPECT_THAT(head, HasSubstr("Content-Length: 8\r\n"));
    client.send("DELETE /nothing HTTP/1.1\r\n\r\n");
    const auto nothing = answer(client);
    EXPECT_THAT(nothing, StartsWith("HTTP/1.1 204 No Content\r\n"));
    EXPECT_THAT(nothing, Not(HasSubstr("Content-Length")));
    client.send("GET /after HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer(client), EndsWith("GET /after "));
}

TEST_F(http_server_test, chunks_and_expectations) {
    start();
    test_client client(port);
    client.send("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_THAT(answer(client), StartsWith("HTTP/1.1 100 Continue\r\n"));
    client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    EXPECT_THAT(answer(client), EndsWith("POST /c abcde"));
}

TEST_F(http_server_test, what_is_too_large_or_no_http_is_refused) {
    options.header_bytes_max = 1000;
    options.body_bytes_max = 10;
    start();
    const std::pair<std::string, const char*> cases[] = {
        {"GET /a HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", "HTTP/1.1 431 "},
        {"POST /a HTTP/1.1\r\nContent-Length: 11\r\n\r\n12345678901", "HTTP/1.1 413 "},
        {"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n",
         "HTTP/1.1 413 "},
        {"what is this\r\n\r\n", "HTTP/1.1 400 "},
        {"POST /a HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400 "},
        {"POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         "HTTP/1.1 400 "},
    };
    for (const auto& [request, status] : cases) {
        test_client client(port);
        client.send(request);
        EXPECT_THAT(answer(client), StartsWith(status)) << request;
        EXPECT_TRUE(at_end(client)) << request;
    }
}

TEST_F(http_server_test, a_head_that_is_not_admitted_has_its_answer_before_the_body) {
    options.admit = [](const http_request& head) -> std::optional<http_response> {
        if (head["Key"] == "right") return std::nullopt;
        return http_response{http::status::unauthorized, 11};
    };
    start();
    test_client stranger(port), friendly(port);
    stranger.send("POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_THAT(answer(stranger), StartsWith("HTTP/1.1 401 "));
    EXPECT_TRUE(at_end(stranger));
    friendly.send("POST /a HTTP/1.1\r\nKey: right\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_THAT(answer(friendly), EndsWith("POST /a body"));
}

TEST_F(http_server_test, a_bug_is_one_requests_affair) {
    start();
    test_client client(port);
    client.send("GET /bug HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer(client), StartsWith("HTTP/1.1 500 "));
    client.send("GET /a HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer(client), StartsWith("HTTP/1.1 200 "));
}

TEST_F(http_server_test, silent_and_slow_clients_are_disconnected) {
    options.idle_timeout = 20ms;
    options.request_timeout = 20ms;
    start();
    test_client silent(port), half(port), bodiless(port);
    half.send("GET /a HT");
    bodiless.send("POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\n123");
    for (auto* client : {&silent, &half, &bodiless}) EXPECT_TRUE(at_end(*client));
}

TEST_F(http_server_test, too_many_connections) {
    options.connections_max = 1;
    start();
    test_client first(port);
    first.send("GET /a HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer(first), StartsWith("HTTP/1.1 200 "));
    {
        test_client second(port);
        second.send("GET /a HTTP/1.1\r\n\r\n");
        EXPECT_THAT(answer(second), StartsWith("HTTP/1.1 503 "));
        EXPECT_TRUE(at_end(second));
    }
    first.close();
    while (running->connections() != 0) std::this_thread::yield();
    test_client third(port);
    third.send("GET /a HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer(third), StartsWith("HTTP/1.1 200 "));
}

TEST_F(http_server_test, drain_ends_idle_connections_and_lets_requests_finish) {
    start();
    test_client idle(port), busy(port);
    idle.send("GET /a HTTP/1.1\r\n\r\n");
    answer(idle);
    busy.send("GET /wait HTTP/1.1\r\n\r\n");
    handler.waiting->wait();
    drain();
    EXPECT_TRUE(at_end(idle));
    EXPECT_NE(draining.wait_for(0s), std::future_status::ready);
    handler.go_on->store(true);
    const auto last = answer(busy);
    EXPECT_THAT(last, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(last, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(at_end(busy));
    EXPECT_EQ(draining.wait_for(20s), std::future_status::ready);
    EXPECT_FALSE(test_client(port).connected());
}

TEST_F(http_server_test, drain_of_nobody) {
    start();
    drain();
    EXPECT_EQ(draining.wait_for(20s), std::future_status::ready);
}

// The server outlives a client that leaves after any byte.
TEST_F(http_server_test, a_disconnect_at_every_byte) {
    start();
    const auto script =
        "POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"
        "GET /b HTTP/1.1\r\n\r\n"sv;
    for (std::size_t n = 0; n < script.size(); ++n) {
        test_client client(port);
        client.send(script.substr(0, n));
    }
    while (running->connections() != 0) std::this_thread::yield();
    test_client client(port);
    for (const char byte : script) ASSERT_TRUE(client.send({&byte, 1}));
    EXPECT_THAT(answer(client), StartsWith("HTTP/1.1 100 "));
    EXPECT_THAT(answer(client), EndsWith("POST /a body"));
    EXPECT_THAT(answer(client), EndsWith("GET /b "));
}

}  // namespace

}  // namespace historyd::net
