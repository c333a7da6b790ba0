// session: running a portal's plan and sending its rows.

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/session/session_impl.hpp"
#include "storage/base/value_rows.hpp"

namespace historyd::session {

namespace {

constexpr std::size_t page_bytes = 256 * 1024;

// COMMIT takes what was put off with it, and EXECUTE is the statement that it names.
bool settles_by_itself(const sql::statement& kind) {
    return std::holds_alternative<sql::commit_statement>(kind) ||
           std::holds_alternative<sql::execute_statement>(kind);
}

}  // namespace

std::string tag_of(const sql::plan& plan, std::uint64_t count) {
    return plan.tag_has_count ? plan.tag + " " + std::to_string(count) : plan.tag;
}

// What most statements pass through is no coroutine: each would be another frame.
asio::awaitable<session::impl::outcome> session::impl::run(portal& p, run_options options) {
    if (deferred_.empty() && !can_defer(p, options)) return run_settled(p, options);
    return settle_and_run(p, options);
}

asio::awaitable<session::impl::outcome> session::impl::settle_and_run(portal& p,
                                                                      run_options options) {
    if (can_defer(p, options)) co_return defer(p, options);
    if (!settles_by_itself(p.statement->statement.kind)) {
        if (auto settled = co_await settle(); !settled) co_return settled.error();
    }
    co_return co_await run_settled(p, options);
}

asio::awaitable<session::impl::outcome> session::impl::run_settled(portal& p, run_options options) {
    const auto& kind = p.statement->statement.kind;
    if (std::holds_alternative<sql::optimizable_statement>(kind)) {
        if (options.max_rows != 0 || p.started) return run_paged(p, options);
        return run_whole(p, options);
    }
    if (const auto* s = std::get_if<sql::begin_statement>(&kind)) return on(*s);
    if (const auto* s = std::get_if<sql::commit_statement>(&kind)) return on(*s);
    return run_utility(p, options);
}

asio::awaitable<session::impl::outcome> session::impl::run_whole(portal& p, run_options options) {
    auto& statement = p.statement->statement;
    if (auto current = sql_.refresh(statement, p.statement->described); !current) {
        co_return current.error();
    }
    const auto plan = statement.plan;
    auto formats = spread_formats(p.formats, plan->columns.size());
    if (!formats) co_return formats.error();
    row_encoder encoder(plan->columns, *formats, sql_.io(),
                        parameters_.limits.portal_buffer_bytes_max);
    const reader::fetch_limits budget{.rows = 0, .bytes = parameters_.limits.result_buffer_bytes};

    auto ran =
        co_await sql_.execute(statement, std::move(p.parameters), encoder, budget, options.mode);
    if (!ran) co_return ran.error();
    p.started = true;
    p.affected = ran->affected;
    send_notices();
    if (options.describe && plan->returns_rows) row_description(plan->columns, *formats);
    encoder.move_to(transport_->out());
    p.sent = ran->rows;
    auto cursor = std::move(ran->cursor);
    while (cursor) {
        if (!co_await transport_->flush()) {
            co_return sql_error(sqlstate::connection_exception, "client closed the connection");
        }
        auto more = co_await sql_.fetch(cursor, encoder, budget);
        if (!more) co_return more.error();
        encoder.move_to(transport_->out());
        p.sent += more->rows;
    }
    const bool select = plan->command == sql::command::select;
    co_return completion{
        .tag = tag_of(*plan, select ? p.sent : static_cast<std::uint64_t>(p.affected)),
        .suspended = false,
        .silent = false};
}

asio::awaitable<session::impl::outcome> session::impl::run_paged(portal& p, run_options options) {
    const bool select = p.statement->statement.plan->command == sql::command::select;
    if (p.started && p.exhausted() && !select && p.page.empty()) {
        co_return sql_error(sqlstate::object_not_in_prerequisite_state,
                            "portal \"" + p.name + "\" cannot be run");
    }
    const auto wanted = options.max_rows == 0 ? UINT64_MAX : options.max_rows;
    if (auto filled = co_await fill_page(p, wanted, options.mode); !filled) {
        co_return filled.error();
    }
    send_notices();
    const auto& plan = *p.statement->statement.plan;
    const auto count = std::min<std::uint64_t>(wanted, p.page.size() - p.next);
    if (auto sent = send_rows(plan.columns, p.formats, p.page, p.next, p.next + count); !sent) {
        co_return sent.error();
    }
    p.next += count;
    p.sent += count;
    if (p.next == p.page.size()) {
        p.page.clear();
        p.next = 0;
    }
    // PostgreSQL stops at the limit without looking whether more would have come.
    if (options.max_rows != 0 && count == options.max_rows) {
        co_return completion{.tag = {}, .suspended = true, .silent = false};
    }
    const bool counts_changes = plan.command != sql::command::select && !plan.returns_rows;
    co_return completion{
        .tag = tag_of(plan, counts_changes ? static_cast<std::uint64_t>(p.affected) : count),
        .suspended = false,
        .silent = false};
}

asio::awaitable<result<void>> session::impl::fill_page(portal& p, std::uint64_t wanted,
                                                       run_mode mode) {
    value_rows rows(parameters_.limits.portal_buffer_bytes_max);
    if (!p.started) {
        auto& statement = p.statement->statement;
        if (auto current = sql_.refresh(statement, p.statement->described); !current) {
            co_return current.error();
        }
        const reader::fetch_limits budget{.rows = wanted == UINT64_MAX ? 0 : wanted,
                                          .bytes = page_bytes};
        auto ran = co_await sql_.execute(statement, std::move(p.parameters), rows, budget, mode);
        if (!ran) co_return ran.error();
        p.started = true;
        p.affected = ran->affected;
        p.cursor = std::move(ran->cursor);
    }
    while (p.cursor && p.page.size() - p.next + rows.rows.size() < wanted) {
        const auto missing = wanted - (p.page.size() - p.next + rows.rows.size());
        const reader::fetch_limits budget{.rows = wanted == UINT64_MAX ? 0 : missing,
                                          .bytes = rows.bytes() + page_bytes};
        auto more = co_await sql_.fetch(p.cursor, rows, budget);
        if (!more) co_return more.error();
    }
    p.page.insert(p.page.end(), std::make_move_iterator(rows.rows.begin()),
                  std::make_move_iterator(rows.rows.end()));
    co_return result<void>{};
}

result<void> session::impl::send_rows(const std::vector<sql::result_column>& columns,
                                      const std::vector<std::int16_t>& formats,
                                      const std::vector<std::vector<value>>& rows, std::size_t from,
                                      std::size_t to) {
    auto spread = spread_formats(formats, columns.size());
    if (!spread) return spread.error();
    row_encoder encoder(columns, std::move(*spread), sql_.io(), SIZE_MAX);
    std::vector<value_view> row;
    for (auto i = from; i < to; ++i) {
        row.clear();
        for (const auto& v : rows[i]) row.push_back(view_of(v));
        if (auto added = encoder.add(row); !added) return added.error();
    }
    encoder.move_to(transport_->out());
    return {};
}

asio::awaitable<session::impl::outcome> session::impl::run_text_rows(
    portal& p, run_options options, std::vector<std::vector<value>> rows, std::string tag) {
    auto columns = columns_of(*p.statement);
    if (!columns) co_return columns.error();
    auto formats = spread_formats(p.formats, (*columns)->size());
    if (!formats) co_return formats.error();
    if (!p.started) {
        p.started = true;
        p.page = std::move(rows);
    }
    if (options.describe) row_description(**columns, *formats);
    const auto left = p.page.size() - p.next;
    const auto count =
        options.max_rows == 0 ? left : std::min<std::uint64_t>(left, options.max_rows);
    if (auto sent = send_rows(**columns, p.formats, p.page, p.next, p.next + count); !sent) {
        co_return sent.error();
    }
    p.next += count;
    co_return completion{.tag = std::move(tag),
                         .suspended = options.max_rows != 0 && count == options.max_rows,
                         .silent = false};
}

}  // namespace historyd::session
