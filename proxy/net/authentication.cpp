#include "proxy/net/authentication.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "proxy/auth/rule_match.hpp"
#include "proxy/net/timeout.hpp"
#include "proxy/protocol/backend_messages.hpp"
#include "proxy/protocol/base64.hpp"
#include "proxy/protocol/frontend_messages.hpp"
#include "proxy/protocol/scram_fsm.hpp"

namespace historyd::net {

namespace {

using conf::auth_method;
using protocol::scram_fsm;

// PostgreSQL's PG_MAX_SASL_MESSAGE_LENGTH: nobody who has proved nothing sends us more.
constexpr std::size_t sasl_bytes_max = 1024;
constexpr std::size_t nonce_bytes = 18;

sql_error fatal(sql_error e) {
    e.severity = severity::fatal;
    return e;
}

// The next message, which has to be one of type 'p'; consumed by the caller's next read.
asio::awaitable<result<std::string>> read_sasl(connection& c) {
    const protocol::frame_parser frames(sasl_bytes_max);
    for (;;) {
        const auto cut = frames.next(c.received());
        if (!cut) co_return cut.error();
        if (*cut && (*cut)->type == 'p') {
            std::string body((*cut)->body);
            c.consume((*cut)->bytes());
            co_return body;
        }
        if (*cut) {
            co_return fatal({sqlstate::protocol_violation,
                             std::string("expected SASL response, got message type ") +
                                 std::to_string(static_cast<unsigned char>((*cut)->type))});
        }
        if (!co_await c.read_more()) {
            if (c.draining()) {
                co_return fatal(
                    {sqlstate::cannot_connect_now, "the database system is shutting down"});
            }
            co_return fatal({sqlstate::connection_exception, "the client left"});
        }
    }
}

result<scram_fsm> make_scram(const connection& c, const std::string& user, auth_method method,
                             const security& s) {
    std::string nonce(nonce_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), nonce_bytes) != 1) {
        return fatal({sqlstate::internal_error, "could not generate random nonce"});
    }
    const auto* known = s.users.find(user);
    const auto mock = protocol::scram_verifier::mock(user, s.users.mock_secret());
    return scram_fsm({.verifier = known != nullptr ? *known : mock,
                      .is_mock = known == nullptr,
                      .server_nonce = protocol::base64(nonce),
                      .channel_binding = c.tls() != nullptr ? c.tls()->server_end_point() : "",
                      .plus_only = method == auth_method::scram_sha_256_plus});
}

// Returns: whether the client knows the password.
asio::awaitable<result<bool>> run_scram(connection& c, const std::string& user, auth_method method,
                                        const security& s) {
    auto made = make_scram(c, user, method, s);
    if (!made) co_return made.error();
    auto& scram = *made;
    std::vector<std::string_view> mechanisms;
    if (scram.offers_plus()) mechanisms.push_back(protocol::scram_plus_mechanism);
    if (method != auth_method::scram_sha_256_plus) mechanisms.push_back(protocol::scram_mechanism);
    if (mechanisms.empty()) {
        co_return fatal(
            {sqlstate::config_file_error, "the server's certificate allows no channel binding"});
    }
    protocol::authentication_sasl{mechanisms}.encode(c.out());
    if (!co_await c.flush()) co_return false;

    auto body = co_await read_sasl(c);
    if (!body) co_return body.error();
    const auto first = protocol::sasl_initial_response_view::decode(*body);
    if (!first) co_return fatal(first.error());
    auto step = scram.start(first->mechanism, first->data.value_or(std::string_view()));
    if (!step) co_return fatal(step.error());
    if (const auto* ask = std::get_if<scram_fsm::challenge>(&*step)) {
        protocol::authentication_sasl_continue{ask->data}.encode(c.out());
    }
    if (!co_await c.flush()) co_return false;

    body = co_await read_sasl(c);
    if (!body) co_return body.error();
    step = scram.finish(*body);
    if (!step) co_return fatal(step.error());
    const auto* done = std::get_if<scram_fsm::success>(&*step);
    if (done == nullptr) co_return false;
    protocol::authentication_sasl_final{done->data}.encode(c.out());
    co_return true;
}

// Returns: whether the client has proved that it may be `user`.
asio::awaitable<result<bool>> prove(connection& c, const std::string& user,
                                    const conf::auth_rule& rule, const security& s) {
    std::string known_as;
    switch (rule.method) {
        case auth_method::trust:
            co_return true;
        case auth_method::reject:
            co_return false;
        case auth_method::scram_sha_256:
        case auth_method::scram_sha_256_plus:
            co_return co_await run_scram(c, user, rule.method, s);
        case auth_method::peer:
            known_as = c.peer_user();
            break;
        case auth_method::cert:
            if (c.tls() == nullptr || !c.tls()->has_client_certificate()) {
                co_return fatal({sqlstate::invalid_authorization_specification,
                                 "connection requires a valid client certificate"});
            }
            known_as = c.tls()->client_common_name();
            break;
    }
    co_return !known_as.empty() && auth::may_be(s.user_map, rule.map, known_as, user);
}

asio::awaitable<void> delay(std::chrono::milliseconds time) {
    if (time.count() == 0) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(nothrow);
}

const conf::database_config* find_database(const std::string& name, const security& s) {
    const auto at = std::find_if(s.databases.begin(), s.databases.end(),
                                 [&](const auto& d) { return d.name == name; });
    return at == s.databases.end() ? nullptr : &*at;
}

result<void> check_database(const protocol::startup_request& request, const security& s) {
    if (s.databases.empty()) return {};
    const auto* at = find_database(request.database, s);
    if (at == nullptr) {
        return fatal({sqlstate::invalid_catalog_name,
                      "database \"" + request.database + "\" does not exist"});
    }
    if (!auth::names_contain(at->users, request.user)) {
        return fatal(sql_error(sqlstate::insufficient_privilege,
                               "permission denied for database \"" + request.database + "\"")
                         .with_detail("User does not have CONNECT privilege."));
    }
    return {};
}

}  // namespace

asio::awaitable<result<permission>> authenticate(connection& c,
                                                 const protocol::startup_request& request,
                                                 const security& s, auth::failure_limit& failures,
                                                 client_log& log) {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto peer = c.peer_key();
    if (failures.exceeded(peer, s.failures, now())) {
        log.write(client_log::kind::login, spdlog::level::warn,
                  "{}: too many failed logins, not heard", peer);
        co_return fatal(
            sql_error(sqlstate::invalid_authorization_specification,
                      "too many failed logins from this address")
                .with_hint("Wait; auth.failures_per_address_max and auth.failure_window_s say how "
                           "long."));
    }
    const auth::client_facts facts{.user = request.user,
                                   .database = request.database,
                                   .address = c.peer_address(),
                                   .encrypted = c.tls() != nullptr};
    const auto* rule = auth::first_match(s.rules, facts);
    if (rule == nullptr) co_return auth::no_rule(facts);
    if (rule->method == auth_method::reject) co_return auth::rejected(facts);
    if (const auto* d = find_database(request.database, s); d != nullptr && d->relay) {
        if (auto allowed = check_database(request, s); !allowed) co_return allowed.error();
        co_return permission{.read_only = false, .relay_to = d->backend};
    }
    auto proved = co_await prove(c, request.user, *rule, s);
    if (proved && *proved) {
        if (auto allowed = check_database(request, s); !allowed) co_return allowed.error();
        co_return permission{.read_only = rule->read_only, .relay_to = std::nullopt};
    }
    auto error = proved ? auth::failed(rule->method, request.user) : proved.error();
    if (error.sqlstate == sqlstate::connection_exception) co_return error;
    log.write(client_log::kind::login, spdlog::level::warn,
              "{}: login as \"{}\" to \"{}\" failed: {}", peer, request.user, request.database,
              error.message);
    failures.failed(peer, s.failures, now());
    co_await delay(s.failure_delay);
    co_return error;
}

}  // namespace historyd::net
