#include "proxy/protocol/frontend_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "proxy/protocol/backend_messages.hpp"
#include "tests/unit/protocol/bytes.hpp"
#include "tests/unit/protocol/postgres_bytes.hpp"

namespace historyd::protocol {

namespace {

using testing::ElementsAre;
using namespace std::literals;

template <class message>
std::string body_of(const message& m) {
    std::string out;
    m.encode(out);
    return out.substr(5);
}

TEST(frontend_messages, query) {
    const auto body = body_of(query_view{"select 1"});
    EXPECT_EQ(body, "select 1\0"sv);
    EXPECT_EQ(query_view::decode(body)->text, "select 1");
}

TEST(frontend_messages, parse) {
    const auto body = body_of(parse_view{"s", "select $1, $2", {23, 0}});
    EXPECT_EQ(body, "s\0select $1, $2\0\0\x02\0\0\0\x17\0\0\0\0"sv);
    const auto m = parse_view::decode(body);
    ASSERT_TRUE(m);
    EXPECT_EQ(m->statement, "s");
    EXPECT_EQ(m->query, "select $1, $2");
    EXPECT_THAT(m->parameter_types, ElementsAre(23u, 0u));
}

TEST(frontend_messages, bind) {
    const auto body = body_of(bind_view{"p", "s", {1, 0}, {"\0\x01"sv, std::nullopt, ""sv}, {1}});
    EXPECT_EQ(body,
              "p\0s\0\0\x02\0\x01\0\0\0\x03\0\0\0\x02\0\x01\xff\xff\xff\xff\0\0\0\0\0\x01\0\x01"sv);
    const auto m = bind_view::decode(body);
    ASSERT_TRUE(m);
    EXPECT_EQ(m->portal, "p");
    EXPECT_EQ(m->statement, "s");
    EXPECT_THAT(m->parameter_formats, ElementsAre(1, 0));
    EXPECT_THAT(m->values, ElementsAre("\0\x01"sv, std::nullopt, ""sv));
    EXPECT_THAT(m->result_formats, ElementsAre(1));
}

TEST(frontend_messages, describe_execute_close) {
    const auto describe_body = body_of(describe_view{'P', "c1"});
    const auto described = describe_view::decode(describe_body);
    ASSERT_TRUE(described);
    EXPECT_EQ(described->kind, 'P');
    EXPECT_EQ(described->name, "c1");
    const auto close_body = body_of(close_view{'S', ""});
    const auto closed = close_view::decode(close_body);
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->kind, 'S');
    EXPECT_EQ(closed->name, "");
    const auto body = body_of(execute_view{"c1", 258});
    EXPECT_EQ(body, "c1\0\0\0\x01\x02"sv);
    const auto executed = execute_view::decode(body);
    ASSERT_TRUE(executed);
    EXPECT_EQ(executed->portal, "c1");
    EXPECT_EQ(executed->max_rows, 258);
}

TEST(frontend_messages, copy_fail_function_call_password) {
    EXPECT_EQ(copy_fail_view::decode(body_of(copy_fail_view{"enough"}))->reason, "enough");
    EXPECT_EQ(password_view::decode(body_of(password_view{"secret"}))->password, "secret");
    const auto call_body = body_of(function_call_view{1598, {0}, {"x"sv, std::nullopt}, 1});
    const auto call = function_call_view::decode(call_body);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->function, 1598u);
    EXPECT_THAT(call->argument_formats, ElementsAre(0));
    EXPECT_THAT(call->arguments, ElementsAre("x"sv, std::nullopt));
    EXPECT_EQ(call->result_format, 1);
}

// The answers of PostgreSQL 15 to the same malformed messages.
TEST(frontend_messages, errors_are_postgresqls) {
    const auto answer = [](const sql_error& e) {
        std::string out;
        encode_error(e, out);
        ready_for_query{'E'}.encode(out);
        return out;
    };
    EXPECT_EQ(answer(parse_view::decode("s\0no terminator"sv).error()),
              from_hex(postgres_bytes::unread_parse));
    EXPECT_EQ(answer(decode_empty("x").error()), from_hex(postgres_bytes::long_sync));
    EXPECT_EQ(answer(describe_view::decode("Xa\0"sv).error()),
              from_hex(postgres_bytes::describe_kind));
    EXPECT_EQ(close_view::decode("Xa\0"sv).error().message, "invalid CLOSE message subtype 88");
    EXPECT_EQ(execute_view::decode("p\0\0\0"sv).error().message,
              "insufficient data left in message");
    EXPECT_EQ(describe_view::decode("").error().message, "no data left in message");
}

TEST(frontend_messages, names_are_utf_8) {
    const auto bad = execute_view::decode("p\xff\0\0\0\0\0"sv);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().sqlstate, "22021");
    EXPECT_EQ(bad.error().message, "invalid byte sequence for encoding \"UTF8\": 0xff");
    EXPECT_TRUE(execute_view::decode("\xc3\xa4\0\0\0\0\0"sv));
}

TEST(frontend_messages, a_negative_value_length_is_an_error) {
    EXPECT_EQ(bind_view::decode("\0\0\0\0\0\x01\xff\xff\xff\xfe\0\0"sv).error().message,
              "insufficient data left in message");
}

TEST(frontend_messages, counts_larger_than_the_message_cost_nothing) {
    EXPECT_FALSE(bind_view::decode("\0\0\xff\xff"sv));
    EXPECT_FALSE(parse_view::decode("\0\0\xff\xff"sv));
    EXPECT_FALSE(bind_view::decode("\0\0\0\0\xff\xff\0\0\0\0"sv));
}

// No message decodes when any of its bytes is missing, or with one more.
TEST(frontend_messages, every_truncation_is_an_error) {
    using decoder = std::function<bool(std::string_view)>;
    const std::pair<std::string, decoder> messages[] = {
        {body_of(query_view{"select 1"}), [](auto b) { return query_view::decode(b).has_value(); }},
        {body_of(parse_view{"s", "q", {1, 2}}),
         [](auto b) { return parse_view::decode(b).has_value(); }},
        {body_of(bind_view{"p", "s", {1}, {"abc"sv, std::nullopt}, {0, 1}}),
         [](auto b) { return bind_view::decode(b).has_value(); }},
        {body_of(describe_view{'S', "s"}),
         [](auto b) { return describe_view::decode(b).has_value(); }},
        {body_of(close_view{'P', "s"}), [](auto b) { return close_view::decode(b).has_value(); }},
        {body_of(execute_view{"p", 5}), [](auto b) { return execute_view::decode(b).has_value(); }},
        {body_of(copy_fail_view{"r"}),
         [](auto b) { return copy_fail_view::decode(b).has_value(); }},
        {body_of(password_view{"r"}), [](auto b) { return password_view::decode(b).has_value(); }},
        {body_of(function_call_view{1, {1}, {"x"sv}, 0}),
         [](auto b) { return function_call_view::decode(b).has_value(); }},
    };
    for (const auto& [body, decodes] : messages) {
        EXPECT_TRUE(decodes(body));
        for (std::size_t n = 0; n < body.size(); ++n) {
            EXPECT_FALSE(decodes(std::string_view(body).substr(0, n))) << body << " cut at " << n;
        }
        EXPECT_FALSE(decodes(body + "x")) << body;
    }
}

}  // namespace

}  // namespace historyd::protocol
