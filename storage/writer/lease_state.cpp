#include "storage/writer/lease_state.hpp"

namespace historyd::writer {

void lease_state::post(lease_op op) {
    std::unique_lock lock(mutex_);
    if (ended_) {
        const auto why = why_;
        lock.unlock();
        answer_ended(op, why);
        return;
    }
    ops_.push_back(std::move(op));
    const bool wakes = asleep_;
    lock.unlock();  // else it would wake up only to wait for it
    if (wakes) wake_.notify_one();
}

std::optional<lease_op> lease_state::wait(std::chrono::steady_clock::time_point until,
                                          lingering& linger) {
    const auto ready = [this] { return !ops_.empty(); };
    linger.look([&] {
        const std::lock_guard lock(mutex_);
        return ready();
    });
    std::unique_lock lock(mutex_);
    asleep_ = true;
    const bool came = wake_.wait_until(lock, until, ready);
    asleep_ = false;
    linger.came();
    if (!came) return std::nullopt;
    std::optional<lease_op> op(std::move(ops_.front()));
    ops_.pop_front();
    return op;
}

schema::schema_ptr lease_state::schema() const {
    const std::lock_guard lock(mutex_);
    return schema_;
}

void lease_state::set_schema(schema::schema_ptr s) {
    const std::lock_guard lock(mutex_);
    schema_ = std::move(s);
}

void lease_state::end(std::optional<sql_error> why) {
    std::deque<lease_op> waiting;
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        why_ = why ? *std::move(why)
                   : sql_error(sqlstate::internal_error, "the transaction has ended already");
        waiting.swap(ops_);
    }
    for (auto& op : waiting) answer_ended(op, why_);
}

void lease_state::answer_ended(lease_op& op, const sql_error& why) {
    if (auto* execute = std::get_if<execute_op>(&op)) execute->answer.post(why);
    if (auto* savepoint = std::get_if<savepoint_op>(&op)) savepoint->answer.post(why);
    if (auto* set = std::get_if<constraints_op>(&op)) set->answer.post(why);
    if (auto* commit = std::get_if<commit_op>(&op)) commit->answer.post(why);
    if (auto* rollback = std::get_if<rollback_op>(&op)) rollback->answer.post(result<void>{});
}

}  // namespace historyd::writer
