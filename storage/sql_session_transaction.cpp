// sql_session: transactions. Kept INSERTs, the lease on the writer, snapshots, savepoints.

#include "storage/catalog/name_scope.hpp"
#include "storage/sql_session.hpp"

namespace historyd {

namespace {

// How long a transaction that holds the writer may be idle when the client has set no
// idle_in_transaction_session_timeout: others wait behind it.
constexpr std::chrono::milliseconds lease_idle_timeout_default{60'000};

sql_error serialization_failure(std::string why) {
    return sql_error(sqlstate::serialization_failure, std::move(why))
        .with_hint("The transaction might succeed if retried.");
}

}  // namespace

sql_session::transaction::transaction() = default;

void sql_session::begin() {
    transaction_.emplace();
    transaction_->started_us = command_started_us_;
    settings_.begin();
}

bool sql_session::is_snapshot_isolation() const { return settings_.frequent().snapshot_isolation; }

result<void> sql_session::check_serializable(std::uint64_t commit_count) const {
    if (!transaction_->snapshot || transaction_->snapshot_commit_count == commit_count) return {};
    return serialization_failure("could not serialize access due to concurrent update");
}

asio::awaitable<result<void>> sql_session::commit() {
    auto committed = co_await commit_transaction();
    const auto channels = std::move(transaction_->channels);
    transaction_.reset();
    if (committed) {
        settings_.commit();
        if (channels) commit_channels(*channels);
    } else {
        settings_.rollback();
    }
    forget_commit_actions();
    end_transaction_locks();
    co_return committed;
}

asio::awaitable<result<void>> sql_session::commit_transaction() {
    auto& t = *transaction_;
    if (t.lease) co_return co_await commit_lease();
    if (!t.kept.empty()) co_return co_await commit_kept();
    if (t.wrote_sequences) co_return co_await store_sequences();
    co_return result<void>{};
}

asio::awaitable<result<void>> sql_session::commit_lease() {
    if (auto done = co_await run_commit_actions(); !done) co_return done.error();
    auto seq = co_await transaction_->lease.commit();
    if (!seq) co_return seq.error();
    co_await await_backend(*seq);
    co_return result<void>{};
}

asio::awaitable<void> sql_session::await_backend(std::int64_t outbox_seq) {
    if (outbox_seq == 0) co_return;
    last_outbox_seq_ = outbox_seq;
    if (!engine_.acknowledges_backend()) co_return;
    auto& progress = engine_.writes().progress();
    const auto timeout = engine_.acknowledge_timeout();
    if (co_await progress.wait_applied(outbox_seq, timeout, *cancelled_)) co_return;
    notices_.push_back(
        sql_error(sqlstate::warning, "the backend has not confirmed the transaction yet")
            .with_severity(severity::warning)
            .with_detail("It is committed here and queued up to change " +
                         std::to_string(outbox_seq) + "."));
}

result<void> sql_session::check_outbox(const sql::plan& plan) const {
    if (plan.is_select()) return {};
    if (auto full = engine_.writes().progress().refusal()) return *std::move(full);
    return {};
}

asio::awaitable<result<void>> sql_session::store_sequences() {
    // An empty unit: its COMMIT stores the positions that nextval() moved.
    writer::write_unit unit{
        .statements = {}, .context = make_context(), .schema_epoch = schema()->epoch};
    auto stored = co_await engine_.writes().submit(std::move(unit));
    if (!stored && stored.error().sqlstate != writer::stale_plan_sqlstate) co_return stored.error();
    co_return result<void>{};
}

result<void> sql_session::refresh_kept(kept_insert& kept) {
    if (kept.statement.plan->schema_epoch == schema()->epoch) return {};
    const auto before = kept.statement.plan;
    auto refreshed = refresh(kept.statement, false);
    const auto& now = kept.statement.plan;
    if (refreshed && now->insert && now->insert->table == before->insert->table &&
        now->insert->width == before->insert->width &&
        now->insert->insert_sql == before->insert->insert_sql) {
        return {};
    }
    return serialization_failure("could not serialize access: the table was changed meanwhile");
}

asio::awaitable<result<void>> sql_session::commit_kept() {
    auto& t = *transaction_;
    if (t.snapshot && settings_.frequent().serializable) {
        if (auto taken = co_await take_lease(); !taken) co_return taken.error();
        co_return co_await commit_lease();
    }
    auto outcome = co_await submit_transaction();
    if (!outcome) co_return outcome.error();
    co_return result<void>{};
}

asio::awaitable<void> sql_session::rollback() {
    if (!transaction_) co_return;
    if (transaction_->lease) co_await transaction_->lease.rollback();
    transaction_.reset();
    settings_.rollback();
    forget_commit_actions();
    end_transaction_locks();
}

asio::awaitable<void> sql_session::statement_failed() {
    if (!transaction_ || !transaction_->savepoints.empty()) co_return;
    if (transaction_->lease) {
        co_await transaction_->lease.rollback();
        transaction_->lease = {};
    }
    drop_kept(0);
    transaction_->snapshot = {};
    end_transaction_locks();
}

void sql_session::drop_kept(std::size_t from) {
    auto& t = *transaction_;
    for (std::size_t i = from; i < t.kept.size(); ++i) {
        for (const auto& key : t.kept[i].keys) t.kept_keys.erase(key);
    }
    t.kept.resize(std::min(from, t.kept.size()));
}

asio::awaitable<result<void>> sql_session::hand_over(kept_insert& kept) {
    if (auto current = refresh_kept(kept); !current) co_return current.error();
    writer::write_statement write{.plan = kept.statement.plan,
                                  .parameters = {},
                                  .concrete = true,
                                  .rows = std::move(kept.rows),
                                  .sink = nullptr};
    auto context = make_context();
    auto done = co_await transaction_->lease.execute(std::move(write), std::move(context));
    if (!done) co_return done.error();
    co_return result<void>{};
}

asio::awaitable<result<void>> sql_session::take_lease(bool no_wait) {
    auto& t = *transaction_;
    const auto timeout_ms = settings_.frequent().idle_in_transaction_session_timeout_ms;
    const auto timeout =
        timeout_ms > 0 ? std::chrono::milliseconds(timeout_ms) : lease_idle_timeout_default;
    auto context = make_context();
    if (no_wait) {
        auto impatient = std::make_shared<sqlite::statement_context>(*context);
        impatient->lock_deadline = sqlite::statement_context::no_wait;
        context = std::move(impatient);
    }
    auto lease = co_await engine_.writes().acquire(timeout, std::move(context));
    if (!lease) co_return lease.error();
    if (is_snapshot_isolation()) {
        if (auto same = check_serializable(lease->commit_count()); !same) {
            co_await lease->rollback();
            co_return same.error();
        }
    }
    t.lease = std::move(*lease);

    // What was kept goes to the writer in its order, savepoints where they were set.
    std::size_t next = 0;
    for (std::size_t depth = 0; depth < t.savepoints.size(); ++depth) {
        for (; next < t.savepoints[depth].kept; ++next) {
            if (auto done = co_await hand_over(t.kept[next]); !done) co_return done.error();
        }
        if (auto set = co_await t.lease.savepoint(depth + 1); !set) co_return set.error();
    }
    for (; next < t.kept.size(); ++next) {
        if (auto done = co_await hand_over(t.kept[next]); !done) co_return done.error();
    }
    t.kept.clear();
    t.kept_keys.clear();
    co_return result<void>{};
}

asio::awaitable<result<void>> sql_session::hold_writer(bool no_wait) {
    if (transaction_->lease) co_return result<void>{};
    co_return co_await take_lease(no_wait);
}

asio::awaitable<result<void>> sql_session::set_constraints(
    const sql::set_constraints_statement& s) {
    const auto seen = schema();
    const catalog::name_scope scope(*seen, search_path(), identity_.user);
    std::vector<writer::constraint_key> keys;
    bool as_declared = s.deferred;
    const auto add = [&](const schema::relation& r, const schema::constraint& c) {
        if (!c.deferrable) return;
        as_declared = as_declared && c.initially_deferred;
        if (!s.constraints.empty()) keys.emplace_back(r.id, c.name);
    };
    for (const auto& name : s.constraints) {
        auto found = scope.constraints(name.schema_name, name.constraint);
        if (!found) co_return found.error();
        for (const auto& [r, c] : *found) {
            if (s.deferred && !c->deferrable) {
                co_return sql_error(sqlstate::wrong_object_type,
                                    "constraint \"" + c->name + "\" is not deferrable");
            }
            add(*r, *c);
        }
    }
    if (s.constraints.empty()) {
        for (const auto& r : seen->relations) {
            for (const auto& c : r->constraints) add(*r, c);
        }
    }
    const bool sets_none = !s.constraints.empty() && keys.empty();
    const bool writes_nothing = !transaction_ || (is_read_only() && !transaction_->lease);
    if (writes_nothing || sets_none || (as_declared && !transaction_->lease)) {
        co_return result<void>{};
    }
    if (auto held = co_await hold_writer(); !held) co_return held;
    co_return co_await transaction_->lease.set_constraints(s.deferred, std::move(keys),
                                                           make_context());
}

std::int64_t sql_session::idle_in_transaction_timeout_ms() const {
    const auto set = settings_.frequent().idle_in_transaction_session_timeout_ms;
    if (set > 0 || !transaction_ || !transaction_->lease) return set;
    return lease_idle_timeout_default.count();
}

std::size_t sql_session::savepoint_depth() const {
    return transaction_ ? transaction_->savepoints.size() : 0;
}

asio::awaitable<result<void>> sql_session::savepoint() {
    auto& t = *transaction_;
    if (t.lease) {
        if (auto set = co_await t.lease.savepoint(t.savepoints.size() + 1); !set) {
            co_return set.error();
        }
    }
    t.savepoints.push_back({.kept = t.kept.size(),
                            .locks = transaction_locks(),
                            .listens = t.channels ? t.channels->listens.size() : 0,
                            .notifications = t.channels ? t.channels->notifications.size() : 0});
    settings_.savepoint();
    co_return result<void>{};
}

asio::awaitable<result<void>> sql_session::release(std::size_t depth) {
    auto& t = *transaction_;
    if (t.lease) {
        if (auto released = co_await t.lease.release(depth); !released) co_return released.error();
    }
    while (t.savepoints.size() >= depth) {
        t.savepoints.pop_back();
        settings_.release();
    }
    co_return result<void>{};
}

asio::awaitable<result<void>> sql_session::rollback_to(std::size_t depth) {
    auto& t = *transaction_;
    while (t.savepoints.size() > depth) {
        t.savepoints.pop_back();
        settings_.rollback_to();
        settings_.release();
    }
    settings_.rollback_to();
    if (t.lease) {
        if (auto back = co_await t.lease.rollback_to(depth); !back) co_return back.error();
    } else {
        drop_kept(t.savepoints[depth - 1].kept);
    }
    forget_commit_actions();
    end_transaction_locks(t.savepoints[depth - 1].locks);
    channels_back_to(t.savepoints[depth - 1]);
    co_return result<void>{};
}

}  // namespace historyd
