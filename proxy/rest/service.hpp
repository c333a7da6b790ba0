#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "proxy/rest/access_key.hpp"
#include "proxy/rest/exchange.hpp"

namespace historyd::rest {

namespace http = boost::beast::http;

// PostgREST's interface to the engine's tables, one HTTP request at a time. Safe to call from any
// I/O thread; outlives the requests it answers.
class service {
public:
    using http_request = http::request<http::string_body>;
    using http_response = http::response<http::string_body>;

    service(engine& e, access_key key, exchange_options options)
        : engine_(e), key_(std::move(key)), options_(std::move(options)) {}

    // The answer to a request that does not show the key, known by its head.
    std::optional<http_response> refuse(const http_request& head) const;
    // Requires: refuse() had nothing against it.
    asio::awaitable<http_response> respond(http_request request) const;

private:
    asio::awaitable<result<answer>> answer_to(const http_request& request) const;

    engine& engine_;
    const access_key key_;
    const exchange_options options_;
};

}  // namespace historyd::rest
