#include "proxy/session/session_list.hpp"

namespace historyd::session {

session_list::membership::membership(session_list& list, session& s)
    : list_(list), process_id_(s.activity().read().process_id) {
    const std::lock_guard lock(list_.mutex_);
    list_.sessions_.emplace(process_id_, &s);
}

session_list::membership::~membership() {
    const std::lock_guard lock(list_.mutex_);
    list_.sessions_.erase(process_id_);
}

std::vector<activity_view> session_list::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<activity_view> views;
    views.reserve(sessions_.size());
    for (const auto& [process_id, s] : sessions_) views.push_back(s->activity().read());
    return views;
}

std::optional<activity_view> session_list::find(std::int32_t process_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(process_id);
    if (found == sessions_.end()) return std::nullopt;
    return found->second->activity().read();
}

bool session_list::cancel(std::int32_t process_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(process_id);
    if (found != sessions_.end()) found->second->cancel();
    return found != sessions_.end();
}

bool session_list::terminate(std::int32_t process_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(process_id);
    if (found != sessions_.end()) found->second->terminate();
    return found != sessions_.end();
}

}  // namespace historyd::session
