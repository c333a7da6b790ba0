#pragma once

#include <absl/base/thread_annotations.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace historyd::session {

enum class activity_state : std::uint8_t { active, idle, idle_in_transaction, failed_transaction };

// What a session is and does, as pg_stat_activity shows it. Times are Unix microseconds, 0: none.
struct activity_view {
    std::int32_t process_id = 0;
    std::string user, database, application_name, client_address;
    std::int32_t client_port = -1;
    activity_state state = activity_state::idle;
    std::string query;  // running, or the last one; cut at activity::query_bytes_max
    std::int64_t started_us = 0, transaction_us = 0, query_us = 0, changed_us = 0;
    std::uint64_t statements = 0;
};

// One session's entry. Its session writes, any thread reads; the lock is the session's own, so it
// is all but always free.
class activity {
public:
    static constexpr std::size_t query_bytes_max = 1024;  // track_activity_query_size

    explicit activity(activity_view who) : view_(std::move(who)) {}

    void set_application_name(std::string_view name);
    // A statement begins; `in_transaction`: it found one open.
    void begin(std::string_view query, std::int64_t now_us, bool in_transaction);
    void end(activity_state state, std::int64_t now_us);

    activity_view read() const;

private:
    mutable std::mutex mutex_;
    activity_view view_ ABSL_GUARDED_BY(mutex_);
};

// "[12] mem0@history app": how the log names a session.
std::string log_name(const activity_view& who);

}  // namespace historyd::session
