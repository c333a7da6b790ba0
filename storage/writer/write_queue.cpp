#include "storage/writer/write_queue.hpp"

#include <algorithm>

namespace historyd::writer {

namespace {

bool is_acquire(const write_job& job) { return std::holds_alternative<acquire_job>(job); }

}  // namespace

write_queue::admission write_queue::push(write_job& job) {
    std::unique_lock lock(mutex_);
    if (closed_) return admission::closed;
    if (jobs_.size() >= waiting_max_) return admission::full;
    const bool urgent = is_acquire(job);
    if (urgent && context_of(job)->lock_deadline == sqlite::statement_context::no_wait &&
        (leased_ || std::ranges::any_of(jobs_, is_acquire))) {
        return admission::locked;
    }
    jobs_.push_back(std::move(job));
    const bool wakes = asleep_ && (urgent || jobs_.size() >= wanted_);
    lock.unlock();  // else it would wake up only to wait for it
    if (wakes) wake_.notify_one();
    return admission::taken;
}

bool write_queue::wait(std::optional<std::chrono::milliseconds> patience) {
    const bool waits = patience != std::chrono::milliseconds(0);
    if (waits) for_client_.look([this] { return size() > 0; });
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !jobs_.empty() || closed_; };
    if (!ready()) {
        wanted_ = 1;
        asleep_ = true;
        if (patience) {
            wake_.wait_for(lock, *patience, ready);
        } else {
            wake_.wait(lock, ready);
        }
        asleep_ = false;
    }
    if (waits) for_client_.came();
    return !jobs_.empty();
}

bool write_queue::gather(const gather_limits& limits) {
    std::unique_lock lock(mutex_);
    const auto enough = [&] {
        return jobs_.size() >= limits.units || closed_ ||
               (!jobs_.empty() && is_acquire(jobs_.back()));
    };
    wanted_ = limits.units;
    asleep_ = true;
    wake_.wait_for(lock, std::min(limits.time, limits.pause), enough);
    asleep_ = false;
    wanted_ = 1;
    return !jobs_.empty();
}

std::vector<unit_job> write_queue::take_units(const batch_so_far& batch,
                                              const batch_limits& limits) {
    const std::lock_guard lock(mutex_);
    std::vector<unit_size> sizes;
    sizes.reserve(jobs_.size());
    for (const auto& job : jobs_) {
        const auto* unit = std::get_if<unit_job>(&job);
        if (unit == nullptr) break;
        sizes.push_back(unit->size);
    }
    auto count = sizes.empty() ? 0 : units_to_take(batch, sizes, limits);
    std::vector<unit_job> taken;
    taken.reserve(count);
    for (; count > 0; --count) {
        taken.push_back(std::get<unit_job>(std::move(jobs_.front())));
        jobs_.pop_front();
    }
    return taken;
}

std::optional<acquire_job> write_queue::take_acquire() {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty() || !is_acquire(jobs_.front())) return std::nullopt;
    std::optional<acquire_job> job(std::get<acquire_job>(std::move(jobs_.front())));
    jobs_.pop_front();
    leased_ = true;
    return job;
}

void write_queue::lease_ended() {
    const std::lock_guard lock(mutex_);
    leased_ = false;
}

std::vector<write_job> write_queue::take_interrupted() {
    const std::lock_guard lock(mutex_);
    std::vector<write_job> taken;
    for (auto at = jobs_.begin(); at != jobs_.end();) {
        if (!reason_to_leave(*at)) {
            ++at;
            continue;
        }
        taken.push_back(std::move(*at));
        at = jobs_.erase(at);
    }
    return taken;
}

std::vector<write_job> write_queue::take_all() {
    const std::lock_guard lock(mutex_);
    std::vector<write_job> taken(std::make_move_iterator(jobs_.begin()),
                                 std::make_move_iterator(jobs_.end()));
    jobs_.clear();
    return taken;
}

void write_queue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake_.notify_one();
}

bool write_queue::is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::size_t write_queue::size() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
}

}  // namespace historyd::writer
