#include "proxy/net/admission.hpp"

namespace historyd::net {

namespace {

sql_error too_many(std::string message) {
    return sql_error(sqlstate::too_many_connections, std::move(message))
        .with_severity(severity::fatal);
}

}  // namespace

result<admission::ticket> admission::start_up() {
    const std::lock_guard lock(mutex_);
    if (startups_ >= limits_.startups_max) return too_many("too many connections are starting up");
    ++startups_;
    return ticket(*this, false, {});
}

result<admission::ticket> admission::session(const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (sessions_ >= limits_.sessions_max) return too_many("sorry, too many clients already");
    auto& from_there = by_address_[address];
    if (from_there >= limits_.sessions_per_address_max) {
        return too_many("too many connections from address \"" +
                        (address.empty() ? std::string("[local]") : address) + "\"");
    }
    ++from_there;
    ++sessions_;
    return ticket(*this, true, address);
}

std::size_t admission::sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
}

void admission::leave(bool session, const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (!session) {
        --startups_;
        return;
    }
    --sessions_;
    const auto at = by_address_.find(address);
    if (--at->second == 0) by_address_.erase(at);
}

void admission::set_limits(admission_limits limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
}

}  // namespace historyd::net
