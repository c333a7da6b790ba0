#include "storage/outbox/progress.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace historyd::outbox {

void progress::on_change(std::function<void(bool)> callback) {
    {
        const std::lock_guard lock(mutex_);
        callback_ = std::move(callback);
    }
    notify();
}

bool progress::is_awaited() const {
    const std::lock_guard lock(mutex_);
    return !waiters_.empty();
}

outbox::depth progress::depth() const {
    const std::lock_guard lock(mutex_);
    return depth_;
}

void progress::applied(std::int64_t seq) {
    const std::lock_guard lock(mutex_);
    applied_seq_.store(seq, std::memory_order_release);
    wake([seq](const waiter& w) { return w.seq <= seq; });
}

// Requires: mutex_ is held. A timer belongs to its session's thread: it is cancelled there.
void progress::wake(const std::function<bool(const waiter&)>& whom) {
    const auto woken = std::stable_partition(waiters_.begin(), waiters_.end(),
                                             [&](const waiter& w) { return !whom(w); });
    for (auto w = woken; w != waiters_.end(); ++w) {
        auto executor = w->wake->get_executor();
        asio::post(executor, [timer = std::move(w->wake)] { timer->cancel(); });
    }
    waiters_.erase(woken, waiters_.end());
}

asio::awaitable<bool> progress::wait_applied(std::int64_t seq, std::chrono::milliseconds timeout,
                                             const std::atomic<bool>& cancelled) {
    auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, timeout);
    std::function<void(bool)> callback;
    {
        const std::lock_guard lock(mutex_);
        if (applied_seq() >= seq) co_return true;
        if (stopped_ || cancelled.load()) co_return false;
        waiters_.push_back({seq, &cancelled, timer});
        callback = callback_;
    }
    if (callback) callback(true);
    // A wake-up is posted to this executor, so it cannot come before the wait has begun.
    boost::system::error_code woken;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const std::lock_guard lock(mutex_);
    std::erase_if(waiters_, [&](const waiter& w) { return w.wake == timer; });
    co_return applied_seq() >= seq;
}

void progress::interrupt(const std::atomic<bool>& cancelled) {
    const std::lock_guard lock(mutex_);
    wake([&](const waiter& w) { return w.cancelled == &cancelled; });
}

void progress::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake([](const waiter&) { return true; });
}

std::optional<sql_error> progress::refusal() const {
    if (!refusing_.load(std::memory_order_acquire)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return refusal_;
}

void progress::set_depth(const outbox::depth& now) {
    const std::lock_guard lock(mutex_);
    depth_ = now;
    head_seq_.store(now.head_seq, std::memory_order_release);
}

void progress::set_refusal(std::optional<sql_error> why) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(why);
    refusing_.store(refusal_.has_value(), std::memory_order_release);
}

void progress::notify() {
    std::function<void(bool)> callback;
    {
        const std::lock_guard lock(mutex_);
        if (depth_.head_seq > depth_.acked_seq) callback = callback_;
    }
    if (callback) callback(false);
}

}  // namespace historyd::outbox
