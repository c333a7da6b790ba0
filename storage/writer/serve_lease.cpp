// writer_thread: interactive transactions. While one holds the writer, everybody else waits.

#include <algorithm>

#include "storage/writer/writer_thread.hpp"

namespace historyd::writer {

namespace {

using clock = std::chrono::steady_clock;

// How often a writer that waits for its lease's client looks for waiting writes that were cancelled
// and for the daemon's end: neither can wake it.
constexpr std::chrono::milliseconds look_around{25};

sql_error lost_transaction(const sql_error& cause) {
    return sql_error(sqlstate::serialization_failure,
                     "the transaction was rolled back by an earlier error")
        .with_detail(cause.message)
        .with_hint("Retry the transaction.");
}

sql_error idle_too_long() {
    return {sqlstate::idle_in_transaction_session_timeout,
            "terminating connection due to idle-in-transaction timeout"};
}

}  // namespace

void writer_thread::serve_lease(acquire_job job) {
    if (auto stopped = sqlite::interruption(*job.context)) {
        return job.answer.post(*std::move(stopped));
    }
    if (auto begun = connection_->begin(); !begun) return job.answer.post(begun.error());
    if (auto full = progress_.refusal()) {
        connection_->rollback();
        return job.answer.post(*std::move(full));
    }
    if (connection_->take_foreign_commits()) commits_.fetch_add(1);

    metrics_.queue_wait.observe(waited_us(job.queued, clock::now()));
    auto state = std::make_shared<lease_state>(commits_.load());
    state->set_schema(connection_->schema());
    job.answer.post(lease(state));
    auto why = serve_ops(*state, job.idle_timeout);
    connection_->rollback();  // nothing to do after COMMIT
    state->end(std::move(why));
    after_commit();
}

// Returns: why the lease is over; nullopt when its session ended it.
std::optional<sql_error> writer_thread::serve_ops(lease_state& state,
                                                  std::chrono::milliseconds idle_timeout) {
    auto idle_since = clock::now();
    for (;;) {
        const auto idle_end =
            idle_timeout.count() > 0 ? idle_since + idle_timeout : clock::time_point::max();
        auto op = state.wait(std::min(clock::now() + look_around, idle_end), for_op_);
        if (!op) {
            refuse_interrupted();
            const auto now = clock::now();
            if (now >= idle_end) return idle_too_long();
            if (now.time_since_epoch().count() >= lease_until_ns_.load()) {
                return sql_error(sqlstate::admin_shutdown,
                                 "terminating connection due to administrator command");
            }
            continue;
        }
        if (std::holds_alternative<close_op>(*op)) return std::nullopt;
        if (auto* rollback = std::get_if<rollback_op>(&*op)) {
            connection_->rollback();
            queue_.lease_ended();
            rollback->answer.post(result<void>{});
            return std::nullopt;
        }
        if (auto* commit_it = std::get_if<commit_op>(&*op)) {
            auto committed = commit_lease();
            queue_.lease_ended();  // who hears of it finds nothing held
            commit_it->answer.post(std::move(committed));
            return std::nullopt;
        }
        std::optional<sql_error> failure;
        if (auto* execute = std::get_if<execute_op>(&*op)) {
            failure = run_op(state, *execute);
        } else if (auto* savepoint = std::get_if<savepoint_op>(&*op)) {
            failure = run_op(state, *savepoint);
        } else if (auto* constraints = std::get_if<constraints_op>(&*op)) {
            state.deferral.set(constraints->deferred, constraints->keys);
            constraints->answer.post(
                connection_->check_deferred_keys(state.deferral, *constraints->context));
        }
        if (failure && !connection_->in_transaction()) return lost_transaction(*failure);
        idle_since = clock::now();
    }
}

result<std::int64_t> writer_thread::commit_lease() {
    auto seq = connection_->seal();
    if (!seq) return seq;
    if (auto committed = commit(); !committed) return committed.error();
    return seq;
}

std::optional<sql_error> writer_thread::run_op(lease_state& state, execute_op& op) {
    auto done = connection_->run(op.statement, *op.context);
    state.set_schema(connection_->schema());
    if (done) {
        auto checked = connection_->check_deferred_keys(state.deferral, *op.context);
        if (!checked) done = checked.error();
    }
    if (done) statements_.fetch_add(1, std::memory_order_relaxed);
    std::optional<sql_error> failure;
    if (!done) failure = done.error();
    op.answer.post(std::move(done));
    return failure;
}

std::optional<sql_error> writer_thread::run_op(lease_state& state, savepoint_op& op) {
    auto& deferral_at = state.deferral_at_savepoint;
    if (op.what == savepoint_op::kind::rollback_to && op.depth <= deferral_at.size()) {
        state.deferral = deferral_at[op.depth - 1];
    }
    const bool stays = op.what != savepoint_op::kind::release;
    deferral_at.resize(stays ? op.depth : op.depth - 1, state.deferral);
    auto done = op.what == savepoint_op::kind::set       ? connection_->savepoint(op.depth)
                : op.what == savepoint_op::kind::release ? connection_->release(op.depth)
                                                         : connection_->rollback_to(op.depth);
    state.set_schema(connection_->schema());
    std::optional<sql_error> failure;
    if (!done) failure = done.error();
    op.answer.post(std::move(done));
    return failure;
}

}  // namespace historyd::writer
