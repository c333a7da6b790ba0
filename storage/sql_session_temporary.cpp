// sql_session: temporary tables. They are tables of the file like all others, in a schema of the
// session's own, so that readers and the writer see them; storage/DESIGN.md.

#include <spdlog/spdlog.h>

#include <algorithm>

#include "storage/base/value_rows.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql_session.hpp"

namespace historyd {

std::string sql_session::temporary_schema() const {
    if (identity_.process_id == 0) return {};
    return std::string(schema::temporary_prefix) + std::to_string(identity_.process_id);
}

bool sql_session::has_temporary_schema() const {
    return made_temporary_ && schema()->find_namespace(temporary_schema()) != nullptr;
}

bool sql_session::reads_temporary(const sql::plan& plan) const {
    if (!made_temporary_) return false;
    const auto seen = schema();
    return std::ranges::any_of(plan.reads, [&](const auto id) {
        const auto* r = seen->find_relation(id);
        return r != nullptr && seen->is_temporary(r->namespace_id);
    });
}

asio::awaitable<result<execution>> sql_session::run_alone(prepared_statement& statement,
                                                          const std::vector<value>& parameters,
                                                          row_sink& sink) {
    const auto mark = sink.bytes();
    begin();
    auto taken = co_await take_lease();
    if (taken) taken = refresh(statement, false);
    result<execution> done;
    if (taken) {
        done = co_await run_on_lease(statement.plan, parameters, sink);
    } else {
        done = taken.error();
    }
    if (!done) {
        co_await rollback();
        co_return done;
    }
    if (auto committed = co_await commit(); !committed) {
        sink.rewind(mark);
        co_return committed.error();
    }
    co_return done;
}

asio::awaitable<result<void>> sql_session::run_commit_actions() {
    const auto actions = commit_actions_;
    for (const auto& action : actions) {
        const auto seen = schema();
        const auto* r = seen->find_relation(action.table);
        if (r == nullptr) continue;
        const auto name =
            sql::quote_identifier(temporary_schema()) + "." + sql::quote_identifier(r->name);
        auto statement =
            prepare_text(action.drops ? "DROP TABLE " + name + " CASCADE" : "DELETE FROM " + name);
        if (!statement) co_return statement.error();
        value_rows none;
        auto done = co_await run_on_lease(statement->plan, {}, none);
        if (!done) co_return done.error();
    }
    co_return result<void>{};
}

void sql_session::forget_commit_actions() {
    if (commit_actions_.empty()) return;
    const auto seen = schema();
    const auto* own = seen->find_namespace(temporary_schema());
    std::erase_if(commit_actions_, [&](const auto& action) {
        const auto* r = seen->find_relation(action.table);
        return r == nullptr || own == nullptr || r->namespace_id != own->id;
    });
}

asio::awaitable<result<void>> sql_session::drop_temporary() {
    if (!has_temporary_schema()) co_return result<void>{};
    auto statement =
        prepare_text("DROP SCHEMA " + sql::quote_identifier(temporary_schema()) + " CASCADE");
    if (!statement) co_return statement.error();
    value_rows none;
    result<execution> done;
    if (transaction_) {
        if (auto held = co_await hold_writer(); !held) co_return held.error();
        if (auto current = refresh(*statement, false); !current) co_return current.error();
        done = co_await run_on_lease(statement->plan, {}, none);
    } else {
        done = co_await run_unit(*statement, {}, none);
        forget_commit_actions();
    }
    if (!done) co_return done.error();
    co_return result<void>{};
}

asio::awaitable<void> sql_session::end() {
    co_await rollback();
    release_session_locks();
    unlisten(std::nullopt);
    if (!has_temporary_schema()) co_return;
    start_command();  // whatever was cancelled
    deadline_ = std::chrono::steady_clock::time_point::max();
    auto dropped = co_await drop_temporary();
    if (dropped) co_return;
    // A daemon that stops takes nothing more: the next start drops them.
    const bool stops = dropped.error().sqlstate == sqlstate::admin_shutdown;
    spdlog::log(stops ? spdlog::level::debug : spdlog::level::warn,
                "temporary tables are left in {} until the next start: {}", temporary_schema(),
                dropped.error().message);
}

}  // namespace historyd
