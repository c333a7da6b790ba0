#include "proxy/net/admin_http.hpp"

namespace historyd::net {

namespace {

http_server_options options_of(std::vector<conf::listen_address> addresses) {
    http_server_options o;
    o.name = "metrics";
    o.addresses = std::move(addresses);
    o.connections_max = 32;
    o.body_bytes_max = 0;
    return o;
}

http_response text(http::status status, std::string body,
                   std::string_view type = "text/plain; charset=utf-8") {
    http_response response{status, 11};
    response.set(http::field::content_type, {type.data(), type.size()});
    response.set(http::field::cache_control, "no-store");
    response.body() = std::move(body);
    return response;
}

}  // namespace

admin_http::admin_http(io_threads& threads, std::vector<conf::listen_address> addresses,
                       admin_answers answers)
    : answers_(std::move(answers)),
      server_(threads, options_of(std::move(addresses)),
              [this](http_request request) -> asio::awaitable<http_response> {
                  co_return answer(request);
              }) {}

http_response admin_http::answer(const http_request& request) const {
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
        auto refused = text(http::status::method_not_allowed, "GET only\n");
        refused.set(http::field::allow, "GET, HEAD");
        return refused;
    }
    const std::string target(request.target().substr(0, request.target().find('?')));
    if (target == "/metrics") {
        return text(http::status::ok, answers_.metrics(),
                    "text/plain; version=0.0.4; charset=utf-8");
    }
    if (target == "/healthz") return text(http::status::ok, "ok\n");
    if (target == "/readyz") {
        const auto why = answers_.not_ready();
        return why.empty() ? text(http::status::ok, "ready\n")
                           : text(http::status::service_unavailable, why + "\n");
    }
    return text(http::status::not_found, "there are /metrics, /healthz and /readyz\n");
}

}  // namespace historyd::net
