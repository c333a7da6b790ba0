// sql_session: LISTEN and NOTIFY. Both take effect when their transaction has committed.

#include "storage/sql_session.hpp"

namespace historyd {

result<void> sql_session::listen(const std::string& channel, std::function<void()> wake) {
    if (identity_.process_id == 0) {
        return unsupported("LISTEN without a session is not supported",
                           "Connect as a client does: it lasts as long as the connection.");
    }
    carry_out({.channel = channel, .wake = std::move(wake)});
    return {};
}

void sql_session::unlisten(std::optional<std::string> channel) {
    carry_out({.channel = std::move(channel), .wake = {}});
}

sql_session::channel_actions& sql_session::open_channels() {
    auto& channels = transaction_->channels;
    if (!channels) channels = std::make_unique<channel_actions>();
    return *channels;
}

void sql_session::carry_out(listen_action action) {
    if (transaction_) {
        open_channels().listens.push_back(std::move(action));
        return;
    }
    auto& hub = engine_.notifications();
    if (action.wake) {
        is_listening_ = true;
        hub.listen(identity_.process_id, *action.channel, std::move(action.wake));
    } else if (action.channel && is_listening_) {
        hub.unlisten(identity_.process_id, *action.channel);
    } else if (std::exchange(is_listening_, false)) {
        hub.unlisten_all(identity_.process_id);
    }
}

result<void> sql_session::notify(const std::string& channel, const std::string& payload) {
    if (auto valid = sqlite::check_notification(channel, payload); !valid) return valid;
    notify({identity_.process_id, channel, payload});
    return {};
}

void sql_session::notify(sqlite::notification n) {
    if (!transaction_) {
        engine_.notifications().publish({std::move(n)});
        return;
    }
    auto& channels = open_channels();
    if (channels.known.contains({n.channel, n.payload})) return;
    const auto& kept = channels.notifications.emplace_back(std::move(n));
    channels.known.emplace(kept.channel, kept.payload);
}

// Requires: the transaction that was open is over, and is not transaction_ any more.
void sql_session::commit_channels(channel_actions& channels) {
    for (auto& action : channels.listens) carry_out(std::move(action));
    auto& sent = channels.notifications;
    if (sent.empty()) return;
    engine_.notifications().publish(
        {std::make_move_iterator(sent.begin()), std::make_move_iterator(sent.end())});
}

void sql_session::channels_back_to(const savepoint_mark& mark) {
    if (!transaction_->channels) return;
    auto& channels = *transaction_->channels;
    channels.listens.resize(std::min(channels.listens.size(), mark.listens));
    while (channels.notifications.size() > mark.notifications) {
        const auto& last = channels.notifications.back();
        channels.known.erase({last.channel, last.payload});
        channels.notifications.pop_back();
    }
}

std::vector<sqlite::notification_ptr> sql_session::take_notifications() {
    return engine_.notifications().take(identity_.process_id);
}

bool sql_session::notifications_overran() const {
    return engine_.notifications().overran(identity_.process_id);
}

}  // namespace historyd
