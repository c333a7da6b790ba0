#include "storage/sqlite/advisory_locks.hpp"

#include <algorithm>

namespace historyd::sqlite {

namespace {

template <class Holdings>
auto holding_of(Holdings& list, advisory_locks::owner o, bool shared) {
    return std::ranges::find_if(list,
                                [&](const auto& h) { return h.by == o && h.shared == shared; });
}

}  // namespace

bool advisory_locks::is_free(owner o, const request& r) const {
    const auto held = held_.find(r.key);
    if (held == held_.end()) return true;
    return std::ranges::all_of(
        held->second, [&](const holding& h) { return h.by == o || (h.shared && r.shared); });
}

bool advisory_locks::try_lock(owner o, const request& r) {
    const std::lock_guard lock(mutex_);
    if (!is_free(o, r)) return false;
    auto& list = held_[r.key];
    auto mine = holding_of(list, o, r.shared);
    if (mine == list.end()) mine = list.insert(list.end(), {.by = o, .shared = r.shared});
    ++(r.of_transaction ? mine->of_transaction : mine->of_session);
    if (r.of_transaction) of_transactions_[o].push_back(r);
    return true;
}

// Once, or as many times as the session holds it; who waits for it looks again when it is gone.
void advisory_locks::drop(owner o, const request& r, bool all) {
    const auto held = held_.find(r.key);
    if (held == held_.end()) return;
    auto& list = held->second;
    const auto mine = holding_of(list, o, r.shared);
    if (mine == list.end()) return;
    auto& times = r.of_transaction ? mine->of_transaction : mine->of_session;
    times = all ? 0 : std::max(0, times - 1);
    if (mine->of_session + mine->of_transaction > 0) return;
    list.erase(mine);
    if (list.empty()) held_.erase(held);
    for (const auto& [who, w] : waiters_) {
        if (w.wanted.key == r.key) w.wake();
    }
}

bool advisory_locks::unlock(owner o, const request& r) {
    const std::lock_guard lock(mutex_);
    const auto held = held_.find(r.key);
    if (held == held_.end()) return false;
    const auto mine = holding_of(held->second, o, r.shared);
    const bool is_held = mine != held->second.end() && mine->of_session > 0;
    if (is_held) drop(o, r, false);
    return is_held;
}

void advisory_locks::unlock_all(owner o) {
    const std::lock_guard lock(mutex_);
    std::vector<request> mine;
    for (const auto& [k, list] : held_) {
        for (const auto& h : list) {
            if (h.by == o && h.of_session > 0) mine.push_back({.key = k, .shared = h.shared});
        }
    }
    for (const auto& r : mine) drop(o, r, true);
}

void advisory_locks::take_back(owner o, const request& r) {
    const std::lock_guard lock(mutex_);
    drop(o, r, false);
    const auto found = of_transactions_.find(o);
    if (r.of_transaction && found != of_transactions_.end()) found->second.pop_back();
}

std::size_t advisory_locks::count_of_transaction(owner o) const {
    const std::lock_guard lock(mutex_);
    const auto found = of_transactions_.find(o);
    return found == of_transactions_.end() ? 0 : found->second.size();
}

void advisory_locks::end_transaction(owner o, std::size_t kept) {
    const std::lock_guard lock(mutex_);
    const auto found = of_transactions_.find(o);
    if (found == of_transactions_.end()) return;
    auto& list = found->second;
    for (; list.size() > kept; list.pop_back()) drop(o, list.back(), false);
    if (list.empty()) of_transactions_.erase(found);
}

// Whether `o` waits, over others, for something that `whom` has.
bool advisory_locks::waits_for(owner o, owner whom, std::size_t depth) const {
    const auto w = waiters_.find(o);
    if (w == waiters_.end() || depth > waiters_.size()) return false;
    const auto held = held_.find(w->second.wanted.key);
    if (held == held_.end()) return false;
    return std::ranges::any_of(held->second, [&](const holding& h) {
        if (h.by == o || (h.shared && w->second.wanted.shared)) return false;
        return h.by == whom || waits_for(h.by, whom, depth + 1);
    });
}

advisory_locks::waiting advisory_locks::wait(owner o, const request& r,
                                             std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    if (is_free(o, r)) return waiting::not_needed;
    waiters_[o] = {r, std::move(wake)};
    if (!waits_for(o, o, 0)) return waiting::begun;
    waiters_.erase(o);
    return waiting::deadlock;
}

void advisory_locks::leave(owner o) {
    const std::lock_guard lock(mutex_);
    waiters_.erase(o);
}

void advisory_locks::interrupt(owner o) {
    const std::lock_guard lock(mutex_);
    if (const auto w = waiters_.find(o); w != waiters_.end()) w->second.wake();
}

std::vector<advisory_locks::row> advisory_locks::rows() const {
    const std::lock_guard lock(mutex_);
    std::vector<row> out;
    for (const auto& [k, list] : held_) {
        for (const auto& h : list) {
            out.push_back({.key = k, .process_id = h.by, .shared = h.shared, .granted = true});
        }
    }
    for (const auto& [who, w] : waiters_) {
        out.push_back({.key = w.wanted.key, .process_id = who, .shared = w.wanted.shared});
    }
    return out;
}

}  // namespace historyd::sqlite
