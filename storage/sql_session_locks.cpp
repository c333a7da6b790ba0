// sql_session: advisory locks. A statement that cannot have one is carried out again when it may
// be free: nobody holds a reader or the writer's thread while waiting.

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "storage/sql_session.hpp"
#include "storage/sqlite/error.hpp"

namespace historyd {

void sql_session::note_locks(const sqlite::statement_context& context) {
    for (const auto& taken : context.session_effects->locks_taken) {
        (taken.of_transaction ? has_transaction_locks_ : has_session_locks_) = true;
    }
}

void sql_session::end_transaction_locks(std::size_t kept) {
    if (!has_transaction_locks_) return;
    engine_.locks().end_transaction(identity_.process_id, kept);
    has_transaction_locks_ = kept > 0;
}

void sql_session::release_session_locks() {
    if (std::exchange(has_session_locks_, false)) engine_.locks().unlock_all(identity_.process_id);
}

std::size_t sql_session::transaction_locks() const {
    if (!has_transaction_locks_) return 0;
    return engine_.locks().count_of_transaction(identity_.process_id);
}

asio::awaitable<result<void>> sql_session::wait_for_lock(const sqlite::context_ptr& context) {
    using waiting = sqlite::advisory_locks::waiting;
    auto& locks = engine_.locks();
    const auto self = identity_.process_id;
    auto& effects = *context->session_effects;
    while (!effects.locks_taken.empty()) {
        locks.take_back(self, effects.locks_taken.back());
        effects.locks_taken.pop_back();
    }
    const auto wanted = *std::exchange(effects.awaited_lock, std::nullopt);

    const auto limit_ms = settings_.frequent().lock_timeout_ms;
    auto until = deadline_;
    if (limit_ms > 0) {
        until =
            std::min(until, std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms));
    }
    const auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor, until);
    const auto begun = locks.wait(
        self, wanted, [executor, timer] { asio::post(executor, [timer] { timer->cancel(); }); });
    if (begun == waiting::not_needed) co_return result<void>{};
    if (begun == waiting::deadlock) {
        co_return sql_error(sqlstate::deadlock_detected, "deadlock detected")
            .with_detail("An advisory lock is held by a session that waits for this one.");
    }
    // A wake-up is posted to this executor, so it cannot come before the wait has begun.
    boost::system::error_code woken;
    if (!cancelled_->load()) {
        co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    locks.leave(self);
    if (auto interrupted = sqlite::interruption(*context)) co_return *std::move(interrupted);
    if (!woken) {
        co_return sql_error(sqlstate::lock_not_available,
                            "canceling statement due to lock timeout");
    }
    co_return result<void>{};
}

}  // namespace historyd
