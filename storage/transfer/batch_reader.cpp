#include "storage/transfer/batch_reader.hpp"

namespace historyd::transfer {

namespace {

constexpr std::size_t rows_max = 16384, bytes_max = 16 << 20, batches_max = 2;

std::size_t bytes_of(const record& r) {
    std::size_t bytes = 0;
    for (const auto& field : r.fields) bytes += field ? field->size() : 0;
    return bytes;
}

}  // namespace

batch_reader::batch_reader(row_source& source) : source_(source), thread_([this] { run(); }) {}

batch_reader::~batch_reader() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

result<batch> batch_reader::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty(); });
    auto b = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return b;
}

void batch_reader::run() {
    for (;;) {
        auto b = read();
        const bool last = !b || b->rows.empty();
        if (!put(std::move(b)) || last) return;
    }
}

// Returns: false when nobody wants more.
bool batch_reader::put(result<batch> b) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || ready_.size() < batches_max; });
    if (stopped_) return false;
    ready_.push_back(std::move(b));
    lock.unlock();
    changed_.notify_all();
    return true;
}

result<batch> batch_reader::read() {
    batch b;
    std::size_t bytes = 0;
    if (first_of_next_) b.rows.push_back(*std::exchange(first_of_next_, std::nullopt));
    while (b.rows.size() < rows_max && bytes < bytes_max) {
        record r;
        auto more = source_.next(r);
        if (!more) return more.error();
        if (!*more) break;
        if (!b.rows.empty() && b.rows.front().table != r.table) {
            first_of_next_ = std::move(r);
            break;
        }
        bytes += bytes_of(r);
        b.rows.push_back(std::move(r));
    }
    b.progress = source_.progress();
    return b;
}

}  // namespace historyd::transfer
