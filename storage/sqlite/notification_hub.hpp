#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::sqlite {

struct notification {
    std::int32_t process_id = 0;  // of the session that sent it
    std::string channel, payload;
};
using notification_ptr = std::shared_ptr<const notification>;

// Errors: 22023 for an empty or too long channel, or a payload of 8000 bytes or more.
result<void> check_notification(std::string_view channel, std::string_view payload);

// LISTEN and NOTIFY among the sessions of one database: in memory, as what PostgreSQL delivers is
// gone with its server. Any thread.
class notification_hub {
public:
    using owner = std::int32_t;  // a session's process ID

    // From now on, until unlisten(), what is published on the channel waits for take(). `wake` is
    // called, on any thread, when something has come for an owner for whom nothing was waiting.
    void listen(owner o, const std::string& channel, std::function<void()> wake);
    void unlisten(owner o, const std::string& channel);
    void unlisten_all(owner o);
    std::vector<std::string> channels(owner o) const;  // in the order of LISTEN

    void publish(std::vector<notification> sent);
    std::vector<notification_ptr> take(owner o);
    // More than `unread_bytes_max` waited: it was thrown away, and the owner listens no more. Who
    // does not read shall not fill the memory, nor keep others from sending.
    bool overran(owner o) const;

    static constexpr std::size_t unread_bytes_max = 16u << 20;

private:
    struct listener {
        std::vector<std::string> channels;
        std::function<void()> wake;
        std::deque<notification_ptr> unread;
        std::size_t unread_bytes = 0;
        bool overran = false;
    };

    void deliver(listener& to, const notification_ptr& n);

    mutable std::mutex mutex_;  // guards everything below
    std::map<owner, listener> listeners_;
};

}  // namespace historyd::sqlite
