#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "proxy/rest/access_key.hpp"
#include "proxy/rest/exchange.hpp"
#include "proxy/rest/figures.hpp"
#include "storage/base/client_log.hpp"

namespace historyd::rest {

namespace http = boost::beast::http;

// PostgREST's interface to the engine's tables, one HTTP request at a time. Safe to call from any
// I/O thread; outlives the requests it answers.
class service {
public:
    using http_request = http::request<http::string_body>;
    using http_response = http::response<http::string_body>;

    service(engine& e, access_key key, exchange_options options, session::statement_log& statements,
            client_log& log)
        : engine_(e),
          key_(std::move(key)),
          options_(std::move(options)),
          statements_(statements),
          log_(log) {}

    // The answer to a request that does not show the key, known by its head.
    std::optional<http_response> refuse(const http_request& head);
    // Requires: refuse() had nothing against it.
    asio::awaitable<http_response> respond(http_request request);

    const rest::figures& figures() const { return figures_; }

private:
    asio::awaitable<result<answer>> answer_to(const http_request& request);
    answer error_answer(const sql_error& error);

    engine& engine_;
    const access_key key_;
    const exchange_options options_;
    session::statement_log& statements_;
    client_log& log_;
    rest::figures figures_;
};

}  // namespace historyd::rest
