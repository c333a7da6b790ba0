#pragma once

#include <absl/base/thread_annotations.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace historyd::net {

// Which running session a CancelRequest means: process id and secret key to the session's cancel
// function. Any thread; outlives its registrations.
class cancel_registry {
public:
    class registration;

    // A process id no other session has, and a new random key of `key_bytes`.
    // Returns: nothing when the operating system gives no random bytes.
    std::optional<registration> enrol(std::size_t key_bytes);

    // Returns: whether there was such a session. The key is compared in constant time.
    bool cancel(std::int32_t process_id, std::string_view key) const;

    // Every session there is (a second SIGTERM).
    void cancel_all() const;

    std::size_t size() const;

private:
    struct entry {
        std::string key;
        std::function<void()> cancel;
    };
    mutable std::mutex mutex_;
    std::map<std::int32_t, entry> entries_ ABSL_GUARDED_BY(mutex_);
    std::int32_t last_process_id_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A session's place in the registry, given up with it. Move-only.
class cancel_registry::registration {
public:
    registration(cancel_registry& owner, std::int32_t process_id, std::string key)
        : owner_(&owner), process_id_(process_id), key_(std::move(key)) {}
    registration(registration&& other) noexcept;
    registration& operator=(registration&&) = delete;
    ~registration();

    std::int32_t process_id() const { return process_id_; }
    const std::string& key() const { return key_; }

    // While it lives a request calls `cancel`, under the registry's lock and on any thread; once it
    // is gone `cancel` is not running and will not be.
    class armed {
    public:
        armed(registration& place, std::function<void()> cancel) : place_(place) {
            place_.set(std::move(cancel));
        }
        armed(const armed&) = delete;
        armed& operator=(const armed&) = delete;
        ~armed() { place_.set(nullptr); }

    private:
        registration& place_;
    };

private:
    void set(std::function<void()> cancel);

    cancel_registry* owner_;
    std::int32_t process_id_;
    std::string key_;
};

}  // namespace historyd::net
