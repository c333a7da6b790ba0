// sql_session: statements that are put off until their transaction is whole.

#include "storage/sql_session.hpp"

namespace historyd {

namespace {

constexpr int stale_attempts_max = 5;

execution execution_of(const sql::plan& plan, const writer::statement_outcome& outcome) {
    return {.rows = plan.returns_rows ? static_cast<std::uint64_t>(outcome.rows_affected) : 0,
            .affected = outcome.rows_affected,
            .cursor = {}};
}

}  // namespace

bool sql_session::can_defer(const prepared_statement& statement) const {
    if (!transaction_ || transaction_->lease || !transaction_->savepoints.empty()) return false;
    if (is_snapshot_isolation()) return false;
    const auto& plan = *statement.plan;
    // Later messages are read by what these change: the schema, settings.
    if (plan.command == sql::command::ddl || !plan.steps.empty() || plan.has_side_effects) {
        return false;
    }
    if (has_deferred()) return true;  // whatever it is, it comes after them
    const bool writes = plan.command != sql::command::select;
    if (!writes) return plan.locking || reads_kept(plan);
    return !plan.insert || !plan.insert->keepable;
}

result<void> sql_session::defer(const prepared_statement& statement, std::vector<value> parameters,
                                row_sink& sink) {
    if (auto allowed = check_writable(*statement.plan); !allowed) return allowed.error();
    if (auto taken = check_outbox(*statement.plan); !taken) return taken.error();
    auto& t = *transaction_;
    t.has_queried = true;
    if (statement.plan->has_side_effects) t.wrote_sequences = true;
    for (const auto& notice : statement.plan->notices) notices_.push_back(notice);
    t.deferred.push_back({statement, std::move(parameters), &sink});
    return {};
}

asio::awaitable<deferred_outcome> sql_session::run_deferred() {
    deferred_outcome out;
    const auto deferred = std::move(transaction_->deferred);
    transaction_->deferred.clear();
    if (auto taken = co_await take_lease(); !taken) {
        out.failure = taken.error();
        co_return out;
    }
    for (const auto& d : deferred) {
        auto statement = d.statement;
        if (auto current = refresh(statement, false); !current) {
            out.failure = current.error();
            co_return out;
        }
        auto ran = co_await run_on_lease(statement.plan, d.parameters, *d.sink);
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
    std::vector<std::size_t> marks;
    for (const auto& d : t.deferred) marks.push_back(d.sink->bytes());
    auto committed = co_await submit_transaction();
    deferred_outcome out;
    if (committed) {
        for (std::size_t i = 0; i < t.deferred.size(); ++i) {
            out.done.push_back(execution_of(*t.deferred[i].statement.plan,
                                            committed->statements[t.kept.size() + i]));
        }
        transaction_.reset();
        settings_.commit();
        co_return out;
    }
    // Nothing of the unit is there. One by one they tell which of them fails, and with what.
    for (std::size_t i = 0; i < t.deferred.size(); ++i) t.deferred[i].sink->rewind(marks[i]);
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
        const auto plan = d.statement.plan;
        if (auto current = refresh(d.statement, plan->returns_rows); !current) {
            return current.error();
        }
        unit.statements.push_back({.plan = d.statement.plan,
                                   .parameters = d.parameters,
                                   .concrete = false,
                                   .rows = {},
                                   .sink = plan->returns_rows ? d.sink : nullptr});
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
