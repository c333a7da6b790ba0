// sql_session: statements that are put off until their transaction is whole.

#include <algorithm>

#include "storage/concrete_rows.hpp"
#include "storage/sql_session.hpp"

namespace historyd {

namespace {

execution execution_of(const sql::plan& plan, const writer::statement_outcome& outcome) {
    return {.rows = plan.returns_rows ? static_cast<std::uint64_t>(outcome.rows_affected) : 0,
            .affected = outcome.rows_affected,
            .cursor = {}};
}

}  // namespace

bool sql_session::can_defer(const prepared_statement& statement) const {
    if (!transaction_ || transaction_->lease || !transaction_->savepoints.empty()) return false;
    if (is_snapshot_isolation() || !commit_actions_.empty()) return false;
    const auto& plan = *statement.plan;
    // Later messages are read by what these change: the schema, settings.
    if (plan.command == sql::command::ddl || !plan.steps.empty() || plan.has_side_effects ||
        !plan.locked_at_once.empty()) {
        return false;
    }
    if (!plan.is_select() || plan.locking || reads_kept(plan)) return true;
    // What reads something else would only occupy the writer, unless it has to come after writes
    // that only the writer can carry out.
    return std::ranges::any_of(transaction_->deferred, [](const deferred_statement& d) {
        return !d.statement.plan->insert || !d.statement.plan->insert->keepable;
    });
}

result<void> sql_session::defer(const prepared_statement& statement, std::vector<value> parameters,
                                row_sink& sink) {
    if (auto allowed = check_writable(*statement.plan); !allowed) return allowed.error();
    if (auto taken = check_outbox(*statement.plan); !taken) return taken.error();
    auto& t = *transaction_;
    t.has_queried = true;
    if (statement.plan->moves_sequences) t.wrote_sequences = true;
    for (const auto& notice : statement.plan->notices) notices_.push_back(notice);
    t.deferred.push_back({statement, std::move(parameters), &sink, sink.bytes()});
    return {};
}

asio::awaitable<deferred_outcome> sql_session::run_deferred() {
    deferred_outcome out;
    const auto deferred = std::move(transaction_->deferred);
    transaction_->deferred.clear();
    for (const auto& d : deferred) {
        auto statement = d.statement;
        if (auto current = refresh(statement, false); !current) {
            out.failure = current.error();
            co_return out;
        }
        auto ran = co_await run_in_transaction(statement, d.parameters, *d.sink, reader::unlimited);
        if (!ran) {
            out.failure = ran.error();
            co_return out;
        }
        out.done.push_back(std::move(*ran));
    }
    co_return out;
}

asio::awaitable<deferred_outcome> sql_session::commit_deferred() {
    auto& t = *transaction_;
    auto committed = co_await submit_transaction();
    deferred_outcome out;
    if (committed) {
        for (std::size_t i = 0; i < t.deferred.size(); ++i) {
            out.done.push_back(execution_of(*t.deferred[i].statement.plan,
                                            committed->statements[t.kept.size() + i]));
        }
        const auto channels = std::move(t.channels);
        transaction_.reset();
        settings_.commit();
        if (channels) commit_channels(*channels);
        co_return out;
    }
    // Nothing of the unit is there. One by one they tell which of them fails, and with what.
    for (const auto& d : t.deferred) d.sink->rewind(d.mark);
    out = co_await run_deferred();
    if (out.failure) co_return out;
    if (auto done = co_await commit(); !done) out.failure = done.error();
    co_return out;
}

result<writer::write_unit> sql_session::unit_of_transaction() {
    auto& t = *transaction_;
    writer::write_unit unit{
        .statements = {}, .context = make_context(), .schema_epoch = schema()->epoch};
    unit.statements.reserve(t.kept.size() + t.deferred.size());
    for (auto& kept : t.kept) {
        if (auto current = refresh_kept(kept); !current) return current.error();
        unit.statements.push_back({.plan = kept.statement.plan,
                                   .parameters = {},
                                   .concrete = true,
                                   .rows = kept.rows,
                                   .sink = nullptr});
    }
    for (auto& d : t.deferred) {
        if (auto current = refresh(d.statement, d.statement.plan->returns_rows); !current) {
            return current.error();
        }
        d.sink->rewind(d.mark);
        auto write = write_of(d.statement.plan, d.parameters, *unit.context, *d.sink);
        if (!write) return write.error();
        unit.statements.push_back(std::move(*write));
    }
    return unit;
}

asio::awaitable<result<writer::unit_outcome>> sql_session::submit_transaction() {
    for (int attempt = 1;; ++attempt) {
        auto unit = unit_of_transaction();
        if (!unit) co_return unit.error();
        const auto context = unit->context;
        auto outcome = co_await engine_.writes().submit(std::move(*unit));
        if (outcome) {
            if (auto applied = apply_effects(*context); !applied) co_return applied.error();
            co_await await_backend(outcome->outbox_seq);
            co_return outcome;
        }
        if (outcome.error().sqlstate != writer::stale_plan_sqlstate ||
            attempt == stale_attempts_max) {
            co_return outcome;
        }
    }
}

}  // namespace historyd
