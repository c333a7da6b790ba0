#pragma once

#include <absl/base/thread_annotations.h>

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "proxy/session/session.hpp"

namespace historyd::session {

// The sessions there are: for those who look at them and those who end them. Any thread; outlives
// its memberships.
class session_list {
public:
    // A session's place, for as long as it lives.
    class membership {
    public:
        membership(session_list& list, session& s);
        membership(const membership&) = delete;
        membership& operator=(const membership&) = delete;
        ~membership();

    private:
        session_list& list_;
        const std::int32_t process_id_;
    };

    std::vector<activity_view> all() const;
    std::optional<activity_view> find(std::int32_t process_id) const;
    // Return: false when there is no such session.
    bool cancel(std::int32_t process_id) const;
    bool terminate(std::int32_t process_id) const;

private:
    mutable std::mutex mutex_;
    std::map<std::int32_t, session*> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace historyd::session
