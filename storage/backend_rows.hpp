#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/row_sink.hpp"
#include "storage/postgres/read_pool.hpp"
#include "storage/reader/reader_pool.hpp"
#include "storage/sql/plan.hpp"
#include "storage/types/type_io.hpp"

namespace historyd {

namespace asio = boost::asio;

// The settings of a session that a statement's answer depends on.
struct backend_session_settings {
    std::string time_zone, date_style, search_path;
    std::int64_t timeout_ms = 0;  // what is left; 0: none
};

// A SELECT in progress on the backend: a read-only transaction with a cursor, fetched a piece at a
// time, so that a result of any size takes little memory. One session, on its executor.
class backend_rows {
public:
    backend_rows(postgres::read_pool::loan connection, sql::plan_ptr plan,
                 std::shared_ptr<const types::io_settings> io)
        : connection_(std::move(connection)), plan_(std::move(plan)), io_(std::move(io)) {}

    // Requires: once, first. Errors: nothing has been given to `sink` yet.
    asio::awaitable<result<reader::fetched>> open(const std::string& text,
                                                  const std::vector<value>& parameters,
                                                  const backend_session_settings& settings,
                                                  row_sink& sink, reader::fetch_limits limits);
    asio::awaitable<result<reader::fetched>> fetch(row_sink& sink, reader::fetch_limits limits);

private:
    result<void> check_types() const;
    // Gives the sink what has been fetched, within the limits.
    result<reader::fetched> hand_out(row_sink& sink, reader::fetch_limits limits);
    result<void> add(row_sink& sink, std::size_t row);
    void end();

    postgres::read_pool::loan connection_;
    const sql::plan_ptr plan_;
    const std::shared_ptr<const types::io_settings> io_;
    std::vector<postgres::rows> piece_;  // one, or none
    std::size_t next_ = 0;               // in it
    std::size_t wanted_ = 0;             // rows asked for with it
    bool ended_ = false;
};

}  // namespace historyd
