#pragma once

#include <absl/base/thread_annotations.h>

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "storage/base/sql_error.hpp"

namespace historyd::net {

struct admission_limits {
    std::size_t sessions_max = 1000;
    std::size_t sessions_per_address_max = 1000;  // Unix socket clients count as one address
    std::size_t startups_max = 256;               // connections that have not said who they are yet
};

// Counts connections against their limits. Any thread; outlives its tickets.
class admission {
public:
    explicit admission(admission_limits limits) : limits_(limits) {}

    // A place that is given back with the ticket. Move-only.
    class ticket;

    // A socket that was just accepted. Returns: 53300 when there are too many such.
    result<ticket> start_up();
    // A client that is about to have a session. Returns: 53300 FATAL when there are too many.
    result<ticket> session(const std::string& address);

    std::size_t sessions() const;
    // Those who are in stay in.
    void set_limits(admission_limits limits);

private:
    void leave(bool session, const std::string& address);

    mutable std::mutex mutex_;
    admission_limits limits_ ABSL_GUARDED_BY(mutex_);
    std::size_t startups_ ABSL_GUARDED_BY(mutex_) = 0;
    std::size_t sessions_ ABSL_GUARDED_BY(mutex_) = 0;
    std::map<std::string, std::size_t> by_address_ ABSL_GUARDED_BY(mutex_);
};

class admission::ticket {
public:
    ticket(admission& owner, bool session, std::string address)
        : owner_(&owner), session_(session), address_(std::move(address)) {}
    ticket(ticket&& other) noexcept
        : owner_(other.owner_), session_(other.session_), address_(std::move(other.address_)) {
        other.owner_ = nullptr;
    }
    ticket& operator=(ticket&&) = delete;
    ~ticket() {
        if (owner_ != nullptr) owner_->leave(session_, address_);
    }

private:
    admission* owner_;
    bool session_;
    std::string address_;
};

}  // namespace historyd::net
