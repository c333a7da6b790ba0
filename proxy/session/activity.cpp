#include "proxy/session/activity.hpp"

#include <algorithm>

namespace historyd::session {

void activity::set_application_name(std::string_view name) {
    const std::lock_guard lock(mutex_);
    view_.application_name = name;
}

void activity::begin(std::string_view query, std::int64_t now_us, bool in_transaction) {
    auto bytes = std::min(query.size(), query_bytes_max);
    // No character is cut in two.
    while (bytes < query.size() && bytes > 0 && (query[bytes] & 0xC0) == 0x80) --bytes;
    const std::lock_guard lock(mutex_);
    view_.query.assign(query.substr(0, bytes));
    if (!in_transaction || view_.transaction_us == 0) view_.transaction_us = now_us;
    view_.query_us = view_.changed_us = now_us;
    view_.state = activity_state::active;
    ++view_.statements;
}

void activity::end(activity_state state, std::int64_t now_us) {
    const std::lock_guard lock(mutex_);
    if (view_.state == state) return;
    view_.state = state;
    view_.changed_us = now_us;
    if (state == activity_state::idle) view_.transaction_us = 0;
}

activity_view activity::read() const {
    const std::lock_guard lock(mutex_);
    return view_;
}

std::string log_name(const activity_view& who) {
    std::string name = "[" + std::to_string(who.process_id) + "] " + who.user + "@" + who.database;
    if (!who.application_name.empty()) name += " (" + who.application_name + ")";
    return name;
}

}  // namespace historyd::session
