#include "proxy/net/cancel_registry.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <limits>
#include <utility>

namespace historyd::net {

std::optional<cancel_registry::registration> cancel_registry::enrol(std::size_t key_bytes) {
    std::string key(key_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key_bytes)) !=
        1) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    do {
        const bool wraps = last_process_id_ == std::numeric_limits<std::int32_t>::max();
        last_process_id_ = wraps ? 1 : last_process_id_ + 1;
    } while (entries_.contains(last_process_id_));
    entries_.emplace(last_process_id_, entry{key, nullptr});
    return registration(*this, last_process_id_, std::move(key));
}

bool cancel_registry::cancel(std::int32_t process_id, std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(process_id);
    if (found == entries_.end()) return false;
    const auto& [expected, cancel_session] = found->second;
    if (expected.size() != key.size() ||
        CRYPTO_memcmp(expected.data(), key.data(), key.size()) != 0) {
        return false;
    }
    if (cancel_session) cancel_session();
    return true;
}

void cancel_registry::cancel_all() const {
    const std::lock_guard lock(mutex_);
    for (const auto& [process_id, session] : entries_) {
        if (session.cancel) session.cancel();
    }
}

std::size_t cancel_registry::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

cancel_registry::registration::registration(registration&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)),
      process_id_(other.process_id_),
      key_(std::move(other.key_)) {}

cancel_registry::registration::~registration() {
    if (owner_ == nullptr) return;
    const std::lock_guard lock(owner_->mutex_);
    owner_->entries_.erase(process_id_);
}

void cancel_registry::registration::set(std::function<void()> cancel) {
    const std::lock_guard lock(owner_->mutex_);
    owner_->entries_.at(process_id_).cancel = std::move(cancel);
}

}  // namespace historyd::net
