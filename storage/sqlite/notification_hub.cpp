#include "storage/sqlite/notification_hub.hpp"

#include <algorithm>

namespace historyd::sqlite {

namespace {

constexpr std::size_t channel_bytes_max = 63, payload_bytes_max = 7999;  // PostgreSQL's

std::size_t bytes_of(const notification& n) {
    return sizeof n + n.channel.size() + n.payload.size();
}

}  // namespace

result<void> check_notification(std::string_view channel, std::string_view payload) {
    const auto refused = [](const char* why) {
        return sql_error(sqlstate::invalid_parameter_value, why);
    };
    if (channel.empty()) return refused("channel name cannot be empty");
    if (channel.size() > channel_bytes_max) return refused("channel name too long");
    if (payload.size() > payload_bytes_max) return refused("payload string too long");
    return {};
}

void notification_hub::listen(owner o, const std::string& channel, std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    auto& l = listeners_[o];
    l.wake = std::move(wake);
    if (std::ranges::find(l.channels, channel) == l.channels.end()) l.channels.push_back(channel);
}

void notification_hub::unlisten(owner o, const std::string& channel) {
    const std::scoped_lock lock(mutex_);
    const auto found = listeners_.find(o);
    if (found == listeners_.end()) return;
    auto& l = found->second;
    std::erase(l.channels, channel);
    std::erase_if(l.unread, [&](const auto& n) {
        if (n->channel != channel) return false;
        l.unread_bytes -= bytes_of(*n);
        return true;
    });
}

void notification_hub::unlisten_all(owner o) {
    const std::scoped_lock lock(mutex_);
    listeners_.erase(o);
}

std::vector<std::string> notification_hub::channels(owner o) const {
    const std::scoped_lock lock(mutex_);
    const auto found = listeners_.find(o);
    if (found == listeners_.end()) return {};
    return found->second.channels;
}

void notification_hub::publish(std::vector<notification> sent) {
    const std::scoped_lock lock(mutex_);
    for (auto& s : sent) {
        const auto shared = std::make_shared<const notification>(std::move(s));
        for (auto& [o, l] : listeners_) deliver(l, shared);
    }
}

void notification_hub::deliver(listener& to, const notification_ptr& n) {
    if (std::ranges::find(to.channels, n->channel) == to.channels.end()) return;
    const bool was_empty = to.unread.empty();
    to.unread.push_back(n);
    to.unread_bytes += bytes_of(*n);
    if (to.unread_bytes > unread_bytes_max) {
        to.overran = true;
        to.channels.clear();
        to.unread.clear();
    }
    if (was_empty || to.overran) to.wake();
}

std::vector<notification_ptr> notification_hub::take(owner o) {
    const std::scoped_lock lock(mutex_);
    const auto found = listeners_.find(o);
    if (found == listeners_.end()) return {};
    auto& l = found->second;
    std::vector<notification_ptr> taken(l.unread.begin(), l.unread.end());
    l.unread.clear();
    l.unread_bytes = 0;
    return taken;
}

bool notification_hub::overran(owner o) const {
    const std::scoped_lock lock(mutex_);
    const auto found = listeners_.find(o);
    return found != listeners_.end() && found->second.overran;
}

}  // namespace historyd::sqlite
