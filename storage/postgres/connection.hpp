#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/postgres/target.hpp"

struct pg_conn;
struct pg_result;

namespace historyd::postgres {

namespace asio = boost::asio;

struct connection_closer {
    void operator()(pg_conn* c) const;
};
struct result_clearer {
    void operator()(pg_result* r) const;
};
using result_ptr = std::unique_ptr<pg_result, result_clearer>;

// A parameter in text or, for the arrays that rows travel in, in binary format.
struct parameter {
    std::optional<std::string> bytes;  // nothing: NULL
    std::uint32_t type = 0;            // OID; 0: the server infers it
    bool binary = false;

    static parameter text(std::string value) { return {.bytes = std::move(value)}; }
    static parameter number(std::int64_t value) { return text(std::to_string(value)); }
    // text[] in binary: no quoting, whatever the elements hold.
    static parameter text_array(std::span<const std::optional<std::string>> elements);
};

struct query {
    std::string sql;
    std::vector<parameter> parameters;
};
inline query plain(std::string sql) { return {.sql = std::move(sql), .parameters = {}}; }

// The rows of one query, all in text format.
class rows {
public:
    explicit rows(result_ptr r) : result_(std::move(r)) {}
    std::size_t size() const;
    bool is_null(std::size_t row, int column) const;
    std::string_view text(std::size_t row, int column) const;
    std::int64_t number(std::size_t row, int column) const;
    std::uint32_t type(int column) const;  // its OID

private:
    result_ptr result_;
};

// One libpq connection on the caller's event loop: connects, runs pipelines. No named statements
// and no session state, so that a pooler in transaction mode may stand between. Used on one thread,
// by one coroutine at a time; destroying it closes it at once, whatever is in flight.
class connection {
public:
    explicit connection(asio::any_io_executor executor);
    ~connection();

    // Tries each host of the target in turn, for `timeout` at most. Returns: why not, with a hint
    // in plain words; 08000 where the server sent no SQLSTATE.
    asio::awaitable<result<void>> open(const target& t, std::chrono::milliseconds timeout);

    // Sends the queries in one pipeline and reads all results. The first error is returned, the
    // queries after it were skipped by the server. Each wait for the server is at most
    // `silence_max`; beyond, and when the connection is lost, it is closed and the error's SQLSTATE
    // is 08006.
    asio::awaitable<result<std::vector<rows>>> run(std::span<const query> queries,
                                                   std::chrono::milliseconds silence_max);
    // run() in two: the server is at work on what was sent while the next is being made. Long
    // queries leave at once, as far as the socket takes them; the last of it with answers().
    result<void> send(const query& q);
    asio::awaitable<result<std::vector<rows>>> answers(std::chrono::milliseconds silence_max);
    // Requires: is_open(). Ends a failed or open transaction.
    asio::awaitable<result<void>> rollback(std::chrono::milliseconds silence_max);

    // Notices that the server has ended an idle connection. Returns: is_open().
    bool check();
    bool is_open() const;
    bool in_transaction() const;
    void close();
    // The wait in progress and all later ones end as if the time were over.
    void interrupt();

private:
    enum class readiness : std::uint8_t { read, write, both };
    asio::awaitable<result<void>> open_host(const target& t, std::chrono::milliseconds timeout);
    asio::awaitable<bool> wait(readiness what, std::chrono::steady_clock::time_point until);
    asio::awaitable<result<void>> flush(std::chrono::milliseconds silence_max);
    asio::awaitable<result<void>> fill(std::chrono::milliseconds silence_max);
    sql_error lost(std::string_view why);
    sql_error error_of(const pg_result* r) const;

    asio::any_io_executor executor_;
    std::unique_ptr<pg_conn, connection_closer> connection_;
    asio::steady_timer patience_;
    bool interrupted_ = false;
    std::string shown_;
};

}  // namespace historyd::postgres
