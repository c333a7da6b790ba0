// session: SQL cursors. DECLARE, FETCH, MOVE, CLOSE.

#include "proxy/session/session_impl.hpp"

namespace historyd::session {

namespace {

// The rows one FETCH hands out, in order, and where the cursor stands afterwards. Positions: 0 is
// before the first row, n + 1 after the last of n.
struct window {
    std::vector<std::size_t> rows;  // 1-based
    std::size_t position = 0;
};

window forward(std::size_t position, std::size_t known, std::uint64_t count) {
    window w;
    w.position = position;
    while (w.rows.size() < count && w.position < known) w.rows.push_back(++w.position);
    if (w.rows.size() < count) w.position = known + 1;
    return w;
}

window backward(std::size_t position, std::uint64_t count) {
    window w;
    w.position = position;
    while (w.rows.size() < count && w.position > 1) w.rows.push_back(--w.position);
    if (w.rows.size() < count) w.position = 0;
    return w;
}

sql_error forward_only() {
    return sql_error(sqlstate::object_not_in_prerequisite_state, "cursor can only scan forward")
        .with_hint("Declare it with SCROLL option to enable backward scan.");
}

using direction = sql::fetch_statement::direction;

// FETCH and MOVE over a cursor that keeps its rows.
window scroll(const portal& p, std::size_t position, const sql::fetch_statement& s) {
    const auto known = p.page.size();
    const auto single = [&](std::int64_t at) {
        window w;
        if (at < 1) {
            w.position = 0;
        } else if (static_cast<std::uint64_t>(at) > known) {
            w.position = known + 1;
        } else {
            w.position = static_cast<std::size_t>(at);
            w.rows.push_back(w.position);
        }
        return w;
    };
    const auto current = static_cast<std::int64_t>(position);
    const auto size = static_cast<std::int64_t>(known);
    switch (s.how) {
        case direction::absolute:
            return single(s.count >= 0 ? s.count : size + 1 + s.count);
        case direction::relative:
            return single(current + s.count);
        case direction::forward:
        case direction::backward:
            break;
    }
    const bool back = (s.how == direction::backward) != (s.count < 0);
    if (!s.all && s.count == 0) return single(current);
    const auto count = s.all ? UINT64_MAX : static_cast<std::uint64_t>(std::abs(s.count));
    return back ? backward(position, count) : forward(position, known, count);
}

// The same over one that does not: rows to pass over, and then to hand out. PostgreSQL's
// DoPortalRunFetch for NO SCROLL. Error: 55000 when it would have to go back.
struct advance {
    std::uint64_t skip = 0, take = 0;
    std::uint64_t stay = 0;  // rows that MOVE tells of and that are not handed out
};
result<advance> advance_of(const portal& p, const sql::fetch_statement& s) {
    if (s.how == direction::backward ? s.count > 0 || s.all : s.count < 0) return forward_only();
    const auto count = static_cast<std::uint64_t>(std::abs(s.count));
    const bool is_before_first = p.sent == 0 && !p.after_last;
    if (s.how == direction::absolute) {
        const auto position = p.sent + (p.after_last ? 1 : 0);
        if (!is_before_first && count <= position) return forward_only();
        if (count == 0) return advance{};
        return advance{.skip = count - position - 1, .take = 1};
    }
    if (s.all) return advance{.skip = 0, .take = UINT64_MAX};
    if (count == 0) {
        // The current row again, where there is one.
        const bool is_on_row = p.sent > 0 && !p.after_last;
        if (is_on_row && !s.move) return forward_only();
        return advance{.skip = 0, .take = 0, .stay = is_on_row ? 1U : 0U};
    }
    if (s.how == direction::relative) return advance{.skip = count - 1, .take = 1};
    return advance{.skip = 0, .take = count};
}

}  // namespace

asio::awaitable<session::impl::outcome> session::impl::on(const sql::declare_statement& s,
                                                          const portal& outer) {
    if (!s.hold && !block_.is_in_block()) {
        co_return sql_error(sqlstate::no_active_sql_transaction,
                            "DECLARE CURSOR can only be used in transaction blocks");
    }
    if (s.name.empty()) {
        co_return sql_error(sqlstate::invalid_cursor_name,
                            "invalid cursor name: must not be empty");
    }
    auto statement = std::make_shared<named_statement>();
    statement->statement = inside(outer, s.query);
    if (auto ready = sql_.prepare(statement->statement); !ready) co_return ready.error();
    if (statement->statement.plan->command != sql::command::select) {
        co_return sql_error(sqlstate::syntax_error,
                            "DECLARE CURSOR must specify a SELECT or VALUES statement");
    }
    if (!statement->statement.plan->is_select()) {
        co_return unsupported("DECLARE CURSOR must not contain data-modifying statements in WITH");
    }
    auto p = std::make_shared<portal>();
    p->name = s.name;
    p->statement = std::move(statement);
    p->parameters = outer.parameters;
    p->is_cursor = true;
    p->binary = s.binary;
    // Keeping rows costs memory, so only what was declared so goes back.
    p->scrollable = s.scroll || s.hold;
    p->hold = s.hold;
    p->savepoint_depth = sql_.savepoint_depth();
    p->created_us = sql_.command_started_us();
    // The cursor sees the data as of now, not as of the first FETCH.
    const auto first_rows = p->scrollable ? UINT64_MAX : std::uint64_t{1};
    const auto mode = block_.is_open() ? run_mode::in_transaction : run_mode::autocommit;
    if (auto filled = co_await fill_page(*p, first_rows, mode); !filled) co_return filled.error();
    if (!block_.is_open()) p->savepoint_depth = SIZE_MAX;
    if (auto added = store_.add_portal(std::move(p)); !added) co_return added.error();
    co_return completion{.tag = "DECLARE CURSOR", .suspended = false, .silent = false};
}

asio::awaitable<session::impl::outcome> session::impl::on_fetch(portal& outer, run_options options,
                                                                const sql::fetch_statement& s) {
    auto found = store_.find_portal(s.portal);
    if (!found) {
        co_return sql_error(sqlstate::invalid_cursor_name,
                            "cursor \"" + s.portal + "\" does not exist");
    }
    const auto p = *found;
    if (!p->statement->statement.plan) {
        co_return sql_error(sqlstate::invalid_cursor_state,
                            "portal \"" + s.portal + "\" cannot be fetched from");
    }
    const auto& columns = p->statement->statement.plan->columns;
    const std::string verb = s.move ? "MOVE" : "FETCH";
    std::vector<std::vector<value>> rows;
    std::uint64_t stay = 0;
    if (p->scrollable) {
        if (auto filled = co_await fill_page(*p, UINT64_MAX, options.mode); !filled) {
            co_return filled.error();
        }
        auto w = scroll(*p, p->sent, s);
        for (const auto row : w.rows) rows.push_back(p->page[row - 1]);
        p->sent = w.position;
    } else {
        auto way = advance_of(*p, s);
        if (!way) co_return way.error();
        stay = way->stay;
        for (const auto wanted : {way->skip, way->take}) {
            rows.clear();
            if (wanted == 0) continue;
            if (auto filled = co_await fill_page(*p, wanted, options.mode); !filled) {
                co_return filled.error();
            }
            const auto count = std::min<std::uint64_t>(wanted, p->page.size() - p->next);
            for (std::uint64_t i = 0; i < count; ++i) rows.push_back(std::move(p->page[p->next++]));
            p->sent += count;
            p->after_last = count < wanted;
            if (p->next == p->page.size()) {
                p->page.clear();
                p->next = 0;
            }
        }
    }
    const auto tag = verb + " " + std::to_string(rows.size() + stay);
    if (!s.move) {
        const auto formats = p->binary ? std::vector<std::int16_t>{1} : outer.formats;
        auto spread = spread_formats(formats, columns.size());
        if (!spread) co_return spread.error();
        if (options.describe) row_description(columns, *spread);
        if (auto sent = send_rows(columns, formats, rows, 0, rows.size()); !sent) {
            co_return sent.error();
        }
    }
    co_return completion{.tag = tag, .suspended = false, .silent = false};
}

session::impl::outcome session::impl::on(const sql::close_statement& s) {
    if (!s.name) {
        store_.remove_all_portals();
        return completion{.tag = "CLOSE CURSOR ALL", .suspended = false, .silent = false};
    }
    if (!store_.remove_portal(*s.name)) {
        return sql_error(sqlstate::invalid_cursor_name,
                         "cursor \"" + *s.name + "\" does not exist");
    }
    return completion{.tag = "CLOSE CURSOR", .suspended = false, .silent = false};
}

asio::awaitable<result<void>> session::impl::materialise_held() {
    for (const auto& p : store_.held_cursors()) {
        if (auto filled = co_await fill_page(*p, UINT64_MAX, run_mode::in_transaction); !filled) {
            co_return filled.error();
        }
    }
    co_return result<void>{};
}

}  // namespace historyd::session
