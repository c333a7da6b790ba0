// sql_session: SELECTs that are answered by the backend (read = "backend").

#include <algorithm>

#include "storage/sql/backend_text.hpp"
#include "storage/sql/constant_settings.hpp"
#include "storage/sql_session.hpp"

namespace historyd {

namespace {

// OIDs and names of objects are this server's own.
bool is_portable(types::oid type) {
    const auto* info = types::find_type(type);
    if (info == nullptr || type == types::type_oid::oid_ || type == types::type_oid::unknown ||
        type == types::type_oid::record || type == types::type_oid::void_) {
        return false;
    }
    return !info->name.starts_with("reg") && !info->name.starts_with("_reg");
}

// The answer is an error wherever the statement runs; anything else is the backend's trouble.
bool is_the_statements(const sql_error& e) {
    return e.sqlstate.starts_with("22") || e.sqlstate.starts_with("21") ||
           e.sqlstate == sqlstate::query_canceled;
}

std::int64_t left_ms(std::chrono::steady_clock::time_point deadline) {
    if (deadline == std::chrono::steady_clock::time_point::max()) return 0;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    return std::max<std::int64_t>(1, left.count());
}

}  // namespace

// Its meaning there is its meaning here: rows of tables, values that print the same on both sides.
bool sql_session::asks_backend(const sql::plan& plan) const {
    const auto& pool = engine_.backend_reads;
    if (pool == nullptr || pool->is_away() || !plan.is_select() || plan.locking ||
        plan.has_side_effects || plan.reads.empty()) {
        return false;
    }
    if (reads_temporary(plan)) return false;
    if (transaction_ && (!transaction_->kept.empty() || transaction_->lease || has_deferred() ||
                         is_snapshot_isolation())) {
        return false;
    }
    const auto& io = *settings_.io();
    if (io.style != types::date_style::iso || io.intervals != types::interval_style::postgres ||
        io.bytea != types::bytea_output::hex || io.extra_float_digits < 1) {
        return false;
    }
    return std::ranges::all_of(plan.columns, [](const auto& c) { return is_portable(c.type.id); });
}

// Returns: nothing when the answer has to come from the file.
asio::awaitable<std::optional<result<execution>>> sql_session::read_backend(
    const prepared_statement& statement, const std::vector<value>& parameters, row_sink& sink,
    limits l) {
    using answer = std::optional<result<execution>>;
    const auto text = sql::backend_text(statement.raw);
    if (!text) co_return answer();
    auto pool = engine_.backend_reads;
    auto& progress = engine_.writes().progress();
    const bool own_are_there =
        co_await progress.wait_applied(last_outbox_seq_, pool->options().patience, *cancelled_);
    auto context = make_context();
    if (auto interrupted = sqlite::interruption(*context)) {
        co_return answer(result<execution>(*std::move(interrupted)));
    }
    if (!own_are_there) {
        pool->note_failure();
        co_return answer();
    }
    auto connection = co_await pool->take(cancelled_);
    if (!connection) {
        if (connection.error().sqlstate != sqlstate::too_many_connections) pool->note_failure();
        co_return answer();
    }
    backend_session_settings settings{.time_zone = settings_.io()->time_zone_name,
                                      .date_style = sql::iso_date_style(*settings_.io()),
                                      .search_path = {},
                                      .timeout_ms = left_ms(deadline_)};
    for (const auto& name : settings_.search_path()) {
        settings.search_path += (settings.search_path.empty() ? "\"" : ", \"") + name + "\"";
    }
    auto rows = std::make_shared<backend_rows>(*std::move(connection), statement.plan, io());
    auto opened = co_await rows->open(*text, parameters, settings, sink, l);
    if (opened) {
        execution done{.rows = opened->rows, .affected = 0, .cursor = {}};
        if (!opened->done) done.cursor.there = std::move(rows);
        co_return answer(result<execution>(std::move(done)));
    }
    if (auto interrupted = sqlite::interruption(*context)) {
        co_return answer(result<execution>(*std::move(interrupted)));
    }
    if (is_the_statements(opened.error())) {
        co_return answer(result<execution>(opened.error()));
    }
    const auto& state = opened.error().sqlstate;
    if (state.starts_with("08") || state.starts_with("57") || state.starts_with("53") ||
        state.starts_with("28") || state.starts_with("3D")) {
        pool->note_failure();
    }
    if (sink.bytes() > 0) co_return answer(result<execution>(opened.error()));
    co_return answer();
}

}  // namespace historyd
