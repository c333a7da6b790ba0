#include "proxy/rest/service.hpp"

#include "proxy/rest/error_answer.hpp"

namespace historyd::rest {

namespace {

std::string header(const service::http_request& request, http::field name) {
    return std::string(request[name]);
}

request_head head_of(const service::http_request& request) {
    request_head head{.method = std::string(request.method_string()),
                      .target = std::string(request.target()),
                      .accept = header(request, http::field::accept),
                      .content_type = header(request, http::field::content_type),
                      .range = header(request, http::field::range),
                      .accept_profile = std::string(request["Accept-Profile"]),
                      .content_profile = std::string(request["Content-Profile"]),
                      .prefer = {}};
    const auto [first, last] = request.equal_range(http::field::prefer);
    for (auto line = first; line != last; ++line) head.prefer.emplace_back(line->value());
    return head;
}

service::http_response response_of(answer a) {
    service::http_response response(static_cast<http::status>(a.status), 11);
    for (const auto& [name, text] : a.headers) response.set(name, text);
    response.body() = std::move(a.body);
    return response;
}

}  // namespace

answer service::error_answer(const sql_error& error) {
    answer a{.status = error_status(error), .headers = {}, .body = error_body(error)};
    a.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    a.headers.emplace_back("Proxy-Status", "PostgREST; error=" + error.sqlstate);
    if (a.status == 401) a.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (a.status >= 500) {
        log_.write(client_log::kind::request, spdlog::level::warn, "rest: {}: {}", error.sqlstate,
                   error.message);
    }
    return a;
}

std::optional<service::http_response> service::refuse(const http_request& head) {
    const auto key = std::string(head["apikey"]);
    const auto allowed = key_.check(key, header(head, http::field::authorization));
    if (allowed) return std::nullopt;
    auto refused = error_answer(allowed.error());
    figures_.answered(refused.status, {});
    return response_of(std::move(refused));
}

asio::awaitable<result<answer>> service::answer_to(const http_request& request) {
    auto asked = parse_request(head_of(request), request.body());
    if (!asked) co_return asked.error();
    exchange one(engine_, statements_, options_, std::move(*asked));
    co_return co_await one.run();
}

asio::awaitable<service::http_response> service::respond(http_request request) {
    const auto began = std::chrono::steady_clock::now();
    auto answered = co_await answer_to(request);
    auto a = answered ? std::move(*answered) : error_answer(answered.error());
    figures_.answered(a.status, std::chrono::steady_clock::now() - began);
    co_return response_of(std::move(a));
}

}  // namespace historyd::rest
