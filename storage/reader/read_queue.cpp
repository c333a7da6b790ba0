#include "storage/reader/read_queue.hpp"

#include <algorithm>

namespace historyd::reader {

namespace {

bool is_closing(const read_job& job) {
    return std::holds_alternative<close_cursor_job>(job) ||
           std::holds_alternative<close_snapshot_job>(job);
}

}  // namespace

read_queue::read_queue(std::size_t threads, std::size_t waiting_max)
    : lines_(threads), waiting_max_(waiting_max) {}

bool read_queue::push(read_job& job) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || waiting_ >= waiting_max_) return false;
    ++waiting_;
    shared_.push_back(std::move(job));
    if (!idle_.empty()) wake(lines_[idle_.back()]);
    return true;
}

bool read_queue::push(read_job& job, std::size_t thread) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || (waiting_ >= waiting_max_ && !is_closing(job))) return false;
    ++waiting_;
    auto& own = lines_[thread];
    own.jobs.push_back(std::move(job));
    if (own.asleep) wake(own);
    return true;
}

void read_queue::wake(line& l) {
    l.asleep = false;
    std::erase_if(idle_, [&](std::size_t i) { return &lines_[i] == &l; });
    l.wake.notify_one();
}

std::optional<read_job> read_queue::pop(std::size_t thread) {
    auto& own = lines_[thread];
    std::unique_lock lock(mutex_);
    for (;;) {
        auto* from = !own.jobs.empty() ? &own.jobs : !shared_.empty() ? &shared_ : nullptr;
        if (from != nullptr) {
            std::optional<read_job> job(std::move(from->front()));
            from->pop_front();
            --waiting_;
            return job;
        }
        if (stopped_) return std::nullopt;
        own.asleep = true;
        idle_.push_back(thread);
        own.wake.wait(lock, [&] { return !own.asleep; });
    }
}

void read_queue::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (auto& l : lines_) {
        if (l.asleep) wake(l);
    }
}

std::size_t read_queue::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
}

}  // namespace historyd::reader
