#include "proxy/auth/failure_limit.hpp"

namespace historyd::auth {

namespace {

// Who has a whole network to attack from is not stopped by this, and shall not fill the memory.
constexpr std::size_t addresses_max = 10'000;

}  // namespace

void failure_limit::forget_old(failures& of, const failure_limits& limits, time_point now) const {
    while (!of.empty() && now - of.front() >= limits.window) of.pop_front();
}

bool failure_limit::exceeded(const std::string& address, const failure_limits& limits,
                             time_point now) {
    if (limits.per_address_max == 0) return false;
    const std::lock_guard lock(mutex_);
    const auto at = by_address_.find(address);
    if (at == by_address_.end()) return false;
    forget_old(at->second, limits, now);
    const auto count = at->second.size();
    if (count == 0) by_address_.erase(at);
    return count >= limits.per_address_max;
}

void failure_limit::failed(const std::string& address, const failure_limits& limits,
                           time_point now) {
    if (limits.per_address_max == 0) return;
    const std::lock_guard lock(mutex_);
    if (by_address_.size() >= addresses_max) {
        for (auto at = by_address_.begin(); at != by_address_.end();) {
            forget_old(at->second, limits, now);
            at = at->second.empty() ? by_address_.erase(at) : std::next(at);
        }
        if (by_address_.size() >= addresses_max && !by_address_.contains(address)) return;
    }
    auto& of = by_address_[address];
    of.push_back(now);
    if (of.size() > limits.per_address_max) of.pop_front();
}

}  // namespace historyd::auth
