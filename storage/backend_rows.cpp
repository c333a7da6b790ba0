#include "storage/backend_rows.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace historyd {

namespace {

using postgres::plain;

using postgres::parameter;

constexpr std::size_t first_rows = 200, rows_min = 20, rows_max = 5000;
constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::chrono::seconds goodbye{1};
// OIDs above are a database's own.
constexpr types::oid first_own_oid = 16384;

postgres::query fetch_query(std::size_t rows) {
    return plain("FETCH " + std::to_string(rows) + " FROM historyd_read");
}

// What a value reads and prints as does not depend on more than the time zone then. A client that
// is gone, here historyd, has its statement ended there.
postgres::query settings_query(const backend_session_settings& s) {
    return {.sql =
                "SELECT set_config('TimeZone', $1, true), set_config('search_path', $2, true), "
                "set_config('statement_timeout', $3, true), set_config('DateStyle', $4, true), "
                "set_config('IntervalStyle', 'postgres', true), set_config('bytea_output', 'hex', "
                "true), set_config('cursor_tuple_fraction', '1', true), "
                "set_config('client_connection_check_interval', '1s', true)",
            .parameters = {parameter::text(s.time_zone), parameter::text(s.search_path),
                           parameter::text(std::to_string(s.timeout_ms)),
                           parameter::text(s.date_style)}};
}

// Ends the transaction; the session does not wait for it.
asio::awaitable<void> say_goodbye(postgres::read_pool::loan connection) {
    const auto commit = plain("COMMIT");
    auto done = co_await connection->run({&commit, 1}, goodbye);
    if (!done) connection->close();
}

}  // namespace

asio::awaitable<result<reader::fetched>> backend_rows::open(
    const std::string& text, const std::vector<value>& parameters,
    const backend_session_settings& settings, row_sink& sink, reader::fetch_limits limits) {
    postgres::query declare = plain("DECLARE historyd_read NO SCROLL CURSOR FOR " + text);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto type = plan_->parameters.at(i).id;
        parameter p;
        p.type = type < first_own_oid ? type : 0;
        if (!is_null(parameters[i])) {
            p.bytes.emplace();
            const auto seen = view_of(parameters[i]);
            auto printed = types::text_out({type, -1}, seen, *io_, *p.bytes);
            if (!printed) co_return printed.error();
        }
        declare.parameters.push_back(std::move(p));
    }
    wanted_ = limits.rows == 0 ? first_rows : std::min<std::size_t>(limits.rows + 1, first_rows);
    const std::vector<postgres::query> queries = {
        plain("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"), settings_query(settings),
        std::move(declare), fetch_query(wanted_)};
    auto begun = co_await connection_->run(queries, connection_.silence());
    if (!begun) {
        if (connection_->in_transaction()) (void)co_await connection_->rollback(goodbye);
        co_return begun.error();
    }
    piece_.push_back(std::move(begun->back()));
    if (auto same = check_types(); !same) {
        end();
        co_return same.error();
    }
    co_return hand_out(sink, limits);
}

result<void> backend_rows::check_types() const {
    for (std::size_t i = 0; i < plan_->columns.size(); ++i) {
        if (piece_.front().type(static_cast<int>(i)) != plan_->columns[i].type.id) {
            return sql_error(
                sqlstate::datatype_mismatch,
                "column \"" + plan_->columns[i].name + "\" is of another type on the backend");
        }
    }
    return {};
}

asio::awaitable<result<reader::fetched>> backend_rows::fetch(row_sink& sink,
                                                             reader::fetch_limits limits) {
    if (next_ == piece_.front().size()) {
        const auto next = fetch_query(wanted_);
        auto fetched = co_await connection_->run({&next, 1}, connection_.silence());
        if (!fetched) {
            connection_->close();
            co_return fetched.error();
        }
        piece_.clear();
        piece_.push_back(std::move(fetched->front()));
        next_ = 0;
    }
    co_return hand_out(sink, limits);
}

result<reader::fetched> backend_rows::hand_out(row_sink& sink, reader::fetch_limits limits) {
    reader::fetched out;
    const auto& piece = piece_.front();
    const auto before = sink.bytes();
    while (next_ < piece.size() && (limits.rows == 0 || out.rows < limits.rows) &&
           sink.bytes() < limits.bytes) {
        if (auto added = add(sink, next_); !added) {
            end();
            return added.error();
        }
        ++next_;
        ++out.rows;
    }
    if (next_ < piece.size()) return out;
    if (piece.size() < wanted_) {
        out.done = true;
        end();
        return out;
    }
    const auto row_bytes = (sink.bytes() - before) / std::max<std::uint64_t>(1, out.rows) + 1;
    wanted_ = std::clamp(piece_bytes / row_bytes, rows_min, rows_max);
    return out;
}

result<void> backend_rows::add(row_sink& sink, std::size_t row) {
    std::vector<value> values;
    std::vector<value_view> views;
    values.reserve(plan_->columns.size());
    for (std::size_t i = 0; i < plan_->columns.size(); ++i) {
        const auto column = static_cast<int>(i);
        if (piece_.front().is_null(row, column)) {
            values.emplace_back();
            continue;
        }
        auto v =
            types::text_in({plan_->columns[i].type.id, -1}, piece_.front().text(row, column), *io_);
        if (!v) return v.error();
        values.push_back(*std::move(v));
    }
    views.reserve(values.size());
    for (const auto& v : values) views.push_back(view_of(v));
    return sink.add(views);
}

void backend_rows::end() {
    if (std::exchange(ended_, true)) return;
    const auto executor = connection_.executor();
    auto ending = say_goodbye(std::move(connection_));
    asio::co_spawn(executor, std::move(ending), asio::detached);
}

}  // namespace historyd
