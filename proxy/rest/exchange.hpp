#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proxy/rest/query/statements.hpp"
#include "proxy/rest/result_rows.hpp"
#include "proxy/session/statement_log.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/sql_session.hpp"

namespace historyd::rest {

struct exchange_options {
    std::string create_table;  // made as mem0 wants it when it is first asked for; empty: none
    std::size_t response_bytes_max = 64u << 20;
    std::int64_t statement_timeout_ms = 30'000;  // 0: none
};

struct answer {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

// One request and its answer: a SQL session of its own, and at most one transaction. On the I/O
// thread of its connection.
class exchange {
public:
    exchange(engine& e, session::statement_log& statements, const exchange_options& options,
             request r);

    // Errors: SQLSTATEs and PGRST codes; nothing was changed then.
    asio::awaitable<result<answer>> run();

private:
    asio::awaitable<result<answer>> run_action();
    asio::awaitable<result<answer>> read();
    asio::awaitable<result<answer>> write();
    asio::awaitable<result<void>> run_changes(std::vector<sql_statement> statements, bool guarded);
    asio::awaitable<result<execution>> run_statement(sql_statement statement, run_mode mode);
    // Executes it, and counts it among the statements.
    asio::awaitable<result<execution>> execute(prepared_statement& prepared,
                                               sql_statement statement, row_sink& into,
                                               run_mode mode);
    asio::awaitable<result<void>> commit();
    asio::awaitable<result<std::int64_t>> run_count(sql_statement statement, run_mode mode);
    asio::awaitable<result<void>> create_table();
    // Whether an upsert is going to add rows, as far as can be told before it.
    asio::awaitable<result<bool>> adds_rows();

    result<void> apply_settings();
    result<prepared_statement> prepare(const sql_statement& statement);
    result<schema::schema_ptr> find_table();
    std::size_t bytes_max() const;
    returning wanted_rows() const;
    bool is_ordered_here() const;
    // Moves what was kept to rows_, in order.
    result<void> order_rows();
    result<std::vector<sql_statement>> changes() const;
    result<void> check_affected() const;
    answer read_answer(std::optional<std::int64_t> total) &&;
    answer write_answer(bool added) &&;
    void add_body(answer& a);
    std::string location() const;

    session::statement_log& statements_;
    const session::activity who_;  // in the log
    const exchange_options& options_;
    request request_;
    sql_session session_;
    schema::schema_ptr schema_;
    const schema::relation* table_ = nullptr;  // of schema_
    std::optional<result_rows> rows_;
    // Rows of a change that are not the answer as they come: keys, or rows to be put in order.
    std::optional<value_rows> kept_;
    std::vector<sql::result_column> kept_columns_;
    std::int64_t affected_ = 0;
};

}  // namespace historyd::rest
