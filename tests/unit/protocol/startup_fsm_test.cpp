#include "proxy/protocol/startup_fsm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/protocol/backend_messages.hpp"
#include "tests/unit/protocol/bytes.hpp"
#include "tests/unit/protocol/postgres_bytes.hpp"

namespace historyd::protocol {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::literals;

using fsm = startup_fsm;
constexpr auto protocol_3 = protocol_3_0;

std::string packet_of(std::uint32_t version, std::string_view parameters) {
    std::string out;
    wire_writer w(out);
    w.begin_untyped();
    w.u32(version);
    w.bytes(parameters);
    w.end();
    return out;
}

struct outcome {
    std::string sent;  // single-byte answers
    fsm::action last = fsm::read_more{};
    std::size_t consumed = 0;
};

bool is_terminal(const fsm::action& a) {
    return !std::holds_alternative<fsm::read_more>(a) && !std::holds_alternative<fsm::answer>(a);
}

// Plays the driver: `step_bytes` more arrive whenever the machine wants to read.
outcome run(std::string_view bytes, std::size_t step_bytes = SIZE_MAX) {
    fsm machine;
    outcome o;
    std::size_t arrived = 0;
    for (;;) {
        auto [what, consumed] = machine.next(bytes.substr(o.consumed, arrived - o.consumed));
        o.consumed += consumed;
        o.last = what;
        if (const auto* reply = std::get_if<fsm::answer>(&what)) {
            o.sent.push_back(reply->byte);
        } else if (is_terminal(what) || arrived == bytes.size()) {
            return o;  // done, or the client has left
        } else {
            arrived += std::min(step_bytes, bytes.size() - arrived);
        }
    }
}

const fsm::accept& accepted(const outcome& o) { return std::get<fsm::accept>(o.last); }

sql_error rejected(std::string_view bytes) {
    const auto o = run(bytes);
    const auto* r = std::get_if<fsm::reject>(&o.last);
    return r != nullptr ? r->error : sql_error("none", "not rejected");
}

std::string encoded(const sql_error& e) {
    std::string out;
    encode_error(e, out);
    return out;
}

TEST(startup_fsm, plain_startup) {
    const auto o = run(encode_startup(
        protocol_3, {{"user", "mem0"}, {"database", "history"}, {"application_name", "psql"}}));
    const auto& request = accepted(o).request;
    EXPECT_EQ(request.version, protocol_3);
    EXPECT_EQ(request.user, "mem0");
    EXPECT_EQ(request.database, "history");
    EXPECT_THAT(request.settings, ElementsAre(Pair("application_name", "psql")));
    EXPECT_EQ(accepted(o).greeting, "");
    EXPECT_EQ(request.cancel_key_bytes(), 4u);
}

TEST(startup_fsm, database_is_the_users_by_default) {
    EXPECT_EQ(accepted(run(encode_startup(protocol_3, {{"user", "mem0"}}))).request.database,
              "mem0");
}

TEST(startup_fsm, names_are_cut_as_postgresql_does) {
    const std::string ascii(70, 'a'), umlauts = "x" + [] {
        std::string s;
        for (int i = 0; i < 35; ++i) s += "\xc3\xa4";
        return s;
    }();
    const auto o = run(encode_startup(protocol_3, {{"user", ascii}, {"database", umlauts}}));
    EXPECT_EQ(accepted(o).request.user, ascii.substr(0, 63));
    EXPECT_EQ(accepted(o).request.database, umlauts.substr(0, 63));
    const auto shifted =
        run(encode_startup(protocol_3, {{"user", "u"}, {"database", "x" + umlauts}}));
    EXPECT_EQ(accepted(shifted).request.database, ("x" + umlauts).substr(0, 62));
}

TEST(startup_fsm, encryption_is_declined_in_any_order_and_again) {
    const auto start = encode_startup(protocol_3, {{"user", "mem0"}});
    const auto ssl = encode_ssl_request(), gss = encode_gssenc_request();
    for (const auto& before : {ssl, gss, ssl + gss, gss + ssl, ssl + ssl + gss}) {
        const auto o = run(before + start);
        EXPECT_EQ(o.sent, std::string(before.size() / 8, 'N'));
        EXPECT_TRUE(std::holds_alternative<fsm::accept>(o.last));
    }
    EXPECT_EQ(std::string(1, fsm::answer{}.byte), from_hex(postgres_bytes::ssl_answer));
}

TEST(startup_fsm, endless_encryption_requests_end) {
    std::string flood;
    for (int i = 0; i < 9; ++i) flood += encode_ssl_request();
    EXPECT_EQ(rejected(flood).sqlstate, "08P01");
}

TEST(startup_fsm, cancel_request) {
    const auto o = run(encode_ssl_request() + encode_cancel_request(4711, "\x01\0\x03\x04"sv));
    const auto& cancel = std::get<fsm::cancel>(o.last);
    EXPECT_EQ(cancel.process_id, 4711);
    EXPECT_EQ(cancel.key, "\x01\0\x03\x04"sv);
    const std::string long_key(256, 'k');
    EXPECT_EQ(std::get<fsm::cancel>(run(encode_cancel_request(1, long_key)).last).key, long_key);
}

TEST(startup_fsm, malformed_cancel_request_is_not_answered) {
    for (const auto& bytes :
         {encode_cancel_request(1, "abc"), encode_cancel_request(1, std::string(257, 'k')),
          packet_of(80877102, "")}) {
        EXPECT_TRUE(std::holds_alternative<fsm::hang_up>(run(bytes).last));
    }
}

TEST(startup_fsm, protocol_3_2) {
    const auto o = run(encode_startup(protocol_3_2, {{"user", "u"}}));
    EXPECT_EQ(accepted(o).request.version, protocol_3_2);
    EXPECT_EQ(accepted(o).request.cancel_key_bytes(), 32u);
    EXPECT_EQ(accepted(o).greeting, "");
}

TEST(startup_fsm, newer_minor_version_is_negotiated_down) {
    const auto o = run(encode_startup(protocol_3 | 9999, {{"user", "u"}}));
    EXPECT_EQ(accepted(o).request.version, protocol_3_2);
    EXPECT_EQ(accepted(o).greeting, "v\0\0\0\x0c\0\x03\0\x02\0\0\0\0"sv);
}

// Never a version of PostgreSQL's: its documentation reserves the number.
TEST(startup_fsm, protocol_3_1_becomes_3_0) {
    const auto o = run(encode_startup(protocol_3 | 1, {{"user", "u"}}));
    EXPECT_EQ(accepted(o).request.version, protocol_3);
    EXPECT_EQ(accepted(o).greeting, "v\0\0\0\x0c\0\x03\0\0\0\0\0\0"sv);
}

TEST(startup_fsm, unknown_protocol_options_are_named_once) {
    const auto o =
        run(encode_startup(protocol_3, {{"user", "u"}, {"_pq_.one", "1"}, {"_pq_.two", "2"}}));
    EXPECT_EQ(accepted(o).greeting, from_hex(postgres_bytes::negotiation));
    EXPECT_THAT(accepted(o).request.settings, IsEmpty());
    const auto both = run(encode_startup(protocol_3_2 | 0x10, {{"user", "u"}, {"_pq_.one", "1"}}));
    EXPECT_EQ(accepted(both).greeting, "v\0\0\0\x15\0\x03\0\x02\0\0\0\x01_pq_.one\0"sv);
}

TEST(startup_fsm, other_protocols_are_refused) {
    EXPECT_EQ(rejected(encode_startup(131072, {{"user", "u"}})).message,
              "unsupported frontend protocol 2.0: server supports 3.0 to 3.2");
    auto e = rejected(encode_startup(262144, {{"user", "u"}}));
    EXPECT_EQ(e.message, "unsupported frontend protocol 4.0: server supports 3.0 to 3.2");
    e.message = "unsupported frontend protocol 4.0: server supports 3.0 to 3.0";
    EXPECT_EQ(encoded(e), from_hex(postgres_bytes::protocol_4));
}

TEST(startup_fsm, refusals_are_postgresqls) {
    EXPECT_EQ(encoded(rejected(encode_startup(protocol_3, {{"database", "d"}}))),
              from_hex(postgres_bytes::no_user));
    EXPECT_EQ(encoded(rejected(packet_of(protocol_3, "user\0postgres\0"sv))),
              from_hex(postgres_bytes::bad_layout));
    // PostgreSQL looks at the options after authentication.
    std::string greeting;
    authentication_ok{}.encode(greeting);
    EXPECT_EQ(greeting + encoded(rejected(encode_startup(
                             protocol_3, {{"user", "u"}, {"options", "-c work_mem"}}))),
              from_hex(postgres_bytes::bad_option));
    EXPECT_EQ(greeting + encoded(rejected(encode_startup(
                             protocol_3, {{"user", "u"}, {"options", "--work-mem"}}))),
              from_hex(postgres_bytes::bad_long_option));
}

TEST(startup_fsm, malformed_layouts) {
    for (const auto parameters : {""sv, "user\0"sv, "user\0u"sv, "user\0u\0\0x"sv, "user"sv}) {
        const auto e = rejected(packet_of(protocol_3, parameters));
        EXPECT_EQ(e.sqlstate, "08P01") << parameters;
        EXPECT_EQ(e.severity, severity::fatal);
    }
}

TEST(startup_fsm, impossible_lengths) {
    EXPECT_EQ(rejected("GET / HTTP/1.1\r\n").message, "invalid length of startup packet");
    EXPECT_EQ(rejected("\0\0\0\0"sv).sqlstate, "08P01");
    EXPECT_EQ(rejected("\0\0\0\x07"sv).sqlstate, "08P01");
    EXPECT_EQ(rejected("\xff\xff\xff\xff"sv).sqlstate, "08P01");
    const auto start = [](std::size_t text_bytes) {
        return encode_startup(protocol_3, {{"user", "u"}, {"x.y", std::string(text_bytes, 'x')}});
    };
    const auto overhead = start(0).size();
    EXPECT_TRUE(std::holds_alternative<fsm::accept>(run(start(10'004 - overhead)).last));
    EXPECT_EQ(rejected(start(10'005 - overhead)).sqlstate, "08P01");
}

TEST(startup_fsm, names_are_utf_8) {
    EXPECT_EQ(rejected(encode_startup(protocol_3, {{"user", "u\xff"}})).sqlstate, "22021");
    EXPECT_EQ(rejected(encode_startup(protocol_3, {{"user", "u"}, {"database", "\xc3"}})).sqlstate,
              "22021");
}

TEST(startup_fsm, replication_is_refused) {
    for (const auto* mode : {"true", "database", "1"}) {
        EXPECT_EQ(
            rejected(encode_startup(protocol_3, {{"user", "u"}, {"replication", mode}})).sqlstate,
            "0A000");
    }
    EXPECT_TRUE(std::holds_alternative<fsm::accept>(
        run(encode_startup(protocol_3, {{"user", "u"}, {"replication", "false"}})).last));
}

TEST(startup_fsm, options_come_before_the_other_settings) {
    const auto o = run(encode_startup(
        protocol_3,
        {{"search_path", "a"}, {"user", "u"}, {"options", "-c search_path=b --time-zone=UTC"}}));
    EXPECT_THAT(
        accepted(o).request.settings,
        ElementsAre(Pair("search_path", "b"), Pair("time_zone", "UTC"), Pair("search_path", "a")));
}

TEST(parse_options, spellings) {
    const auto parsed = parse_options("  -c a=b -cc=d\t--e-f=g\\ h\\\\ -c i=\\x=\n-c j= ");
    ASSERT_TRUE(parsed);
    EXPECT_THAT(*parsed, ElementsAre(Pair("a", "b"), Pair("c", "d"), Pair("e_f", "g h\\"),
                                     Pair("i", "x="), Pair("j", "")));
    EXPECT_THAT(*parse_options(" "), IsEmpty());
}

TEST(parse_options, what_is_no_setting_is_an_error) {
    for (const auto* text : {"-c", "-d 5", "plain", "--", "-c name"}) {
        const auto parsed = parse_options(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().sqlstate, "42601");
    }
}

const std::vector<std::string>& scripts() {
    static const std::vector<std::string> all = {
        encode_startup(protocol_3, {{"user", "mem0"}, {"application_name", "psql"}}),
        encode_ssl_request() + encode_gssenc_request() +
            encode_startup(protocol_3_2 | 7, {{"user", "mem0"}, {"_pq_.x", "y"}}),
        encode_ssl_request() + encode_cancel_request(1, "1234"),
        encode_startup(131072, {{"user", "u"}}),
        encode_ssl_request() + packet_of(protocol_3, "user\0u"sv),
    };
    return all;
}

TEST(startup_fsm, byte_by_byte_is_the_same) {
    for (const auto& script : scripts()) {
        const auto at_once = run(script), slowly = run(script, 1);
        EXPECT_EQ(slowly.sent, at_once.sent);
        EXPECT_EQ(slowly.last.index(), at_once.last.index());
        EXPECT_EQ(slowly.consumed, at_once.consumed);
    }
}

// Whatever was received before the client left: the machine waits for more, never decides early.
TEST(startup_fsm, a_disconnect_at_every_byte) {
    for (const auto& script : scripts()) {
        const auto whole = run(script);
        for (std::size_t n = 0; n < whole.consumed; ++n) {
            const auto o = run(std::string_view(script).substr(0, n), 1);
            EXPECT_FALSE(is_terminal(o.last)) << "cut at " << n;
            EXPECT_EQ(o.sent, whole.sent.substr(0, o.sent.size()));
        }
    }
}

// Frames may follow in the same packet: they are left for the session.
TEST(startup_fsm, leaves_what_follows) {
    const auto start = encode_startup(protocol_3, {{"user", "u"}});
    const auto o = run(start + "Q\0\0\0\x05\0"s);
    EXPECT_TRUE(std::holds_alternative<fsm::accept>(o.last));
    EXPECT_EQ(o.consumed, start.size());
}

fsm::action first_action(fsm& machine, std::string_view bytes) { return machine.next(bytes).what; }

TEST(startup_fsm, tls_is_started_when_there_is_a_certificate) {
    fsm machine(true);
    EXPECT_FALSE(std::get<fsm::start_tls>(first_action(machine, encode_ssl_request())).is_direct());
    // Inside TLS it is all over with negotiating.
    EXPECT_TRUE(std::holds_alternative<fsm::reject>(first_action(machine, encode_ssl_request())));
    EXPECT_TRUE(
        std::holds_alternative<fsm::reject>(first_action(machine, encode_gssenc_request())));
    EXPECT_TRUE(std::holds_alternative<fsm::accept>(
        first_action(machine, encode_startup(protocol_3, {{"user", "mem0"}}))));
}

TEST(startup_fsm, direct_tls_only_as_the_first_thing) {
    const auto hello = "\x16\x03\x01"sv;
    fsm machine(true), without(false), later(true);
    EXPECT_TRUE(std::get<fsm::start_tls>(first_action(machine, hello)).is_direct());
    EXPECT_TRUE(std::holds_alternative<fsm::hang_up>(first_action(without, hello)));
    first_action(later, encode_gssenc_request());
    EXPECT_FALSE(std::holds_alternative<fsm::start_tls>(first_action(later, hello)));
}

TEST(startup_fsm, plaintext_behind_ssl_request_is_an_attack) {
    fsm machine(true);
    const auto injected = encode_ssl_request() + encode_startup(protocol_3, {{"user", "eve"}});
    const auto action = first_action(machine, injected);
    ASSERT_TRUE(std::holds_alternative<fsm::reject>(action));
    EXPECT_EQ(std::get<fsm::reject>(action).error.message,
              "received unencrypted data after SSL request");
}

}  // namespace

}  // namespace historyd::protocol
