#include "storage/writer/checkpointer.hpp"

#include <algorithm>
#include <chrono>

namespace historyd::writer {

namespace {

// A WAL that nobody writes to shrinks to this when it starts over.
constexpr std::int64_t idle_file_bytes = 64 << 20;
// SQLite documentation, "WAL-mode File Format", 1.1.
constexpr std::int64_t frame_header_bytes = 24;

constexpr std::int64_t limit_factor_max = 4;

// The writer does not write further ahead of a copy.
std::int64_t pages_max(std::int64_t limit) { return 4 * limit; }

// Few enough for the writer to copy between two batches, or to leave in an idle WAL.
std::int64_t few_pages(const wal_state& wal) { return std::max<std::int64_t>(wal.limit / 64, 16); }

// A failed write for want of space leaves the WAL as it is and can be tried again; a failed sync
// cannot (the kernel may have dropped the pages and report success next time).
bool is_fatal(int code) { return (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CORRUPT; }

}  // namespace

checkpoint_step next_step(const wal_state& wal) {
    const auto enough = !wal.idle ? wal.limit : wal.is_long ? 1 : few_pages(wal);
    if (wal.copying || wal.pages < enough || wal.copied == wal.pages) {
        return checkpoint_step::none;
    }
    // A reader's old snapshot holds the copy back: again after some more pages, not at every
    // COMMIT.
    const bool held_back = wal.wanted > 0 && wal.copied < wal.wanted;
    if (held_back && wal.pages < wal.last_try + wal.limit / 4) return checkpoint_step::none;
    const bool copied_up = wal.wanted > 0 && !held_back;
    if (copied_up &&
        (wal.pages - wal.copied <= few_pages(wal) || wal.pages >= pages_max(wal.limit))) {
        return checkpoint_step::finish;
    }
    return checkpoint_step::copy;
}

std::int64_t next_limit(std::int64_t pages, std::chrono::microseconds time,
                        std::int64_t configured) {
    const auto in_a_second = pages * 1'000'000 / std::max<std::int64_t>(time.count(), 1);
    return std::clamp(in_a_second, configured, limit_factor_max * configured);
}

checkpointer::checkpointer(std::filesystem::path file, std::int64_t limit, std::int64_t page_bytes,
                           metrics::histogram& durations)
    : file_(std::move(file)),
      frame_bytes_(page_bytes + frame_header_bytes),
      limit_(limit),
      durations_(durations) {
    wal_.limit = limit_;
}

checkpointer::~checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

result<void> checkpointer::after_commit(sqlite::database& db, std::int64_t pages) {
    const auto now = std::chrono::steady_clock::now();
    if (pages < wal_.pages || wal_.pages == 0) {
        // The WAL started over.
        wal_.copied = wal_.wanted = wal_.last_try = 0;
        wal_.is_long = file_limit_ > idle_file_bytes;
        wal_began_ = now;
    }
    wal_.pages = pages;
    wal_.limit = next_limit(
        pages, std::chrono::duration_cast<std::chrono::microseconds>(now - wal_began_), limit_);
    wal_.is_long = wal_.is_long || pages * frame_bytes_ > idle_file_bytes;
    wal_.idle = false;
    return step(db);
}

result<void> checkpointer::when_idle(sqlite::database& db) {
    wal_.idle = true;
    wal_.limit = limit_;
    return step(db);
}

// What is cut off a file while transactions keep coming, they allocate again.
result<void> checkpointer::limit_file(sqlite::database& db) {
    const auto longest = pages_max(limit_factor_max * limit_) * frame_bytes_;
    const auto bytes =
        wal_.is_long && !wal_.idle ? std::max(longest, idle_file_bytes) : idle_file_bytes;
    if (file_limit_ == bytes) return {};
    file_limit_ = bytes;
    return db.run("PRAGMA journal_size_limit=" + std::to_string(bytes));
}

result<void> checkpointer::step(sqlite::database& db) {
    if (auto limited = limit_file(db); !limited) return limited;
    if (wal_.copying) {
        const std::lock_guard lock(mutex_);
        if (!done_) return {};
        wal_.copying = false;
        if (done_->failure) return *done_->failure;
        // Otherwise the WAL has started over meanwhile, and these pages were the old one's.
        if (wal_.wanted > 0) {
            wal_.copied = std::min(done_->pages, wal_.pages);
            wal_.last_try = wal_.pages;
        }
        done_.reset();
    }
    switch (next_step(wal_)) {
        case checkpoint_step::none:
            return {};
        case checkpoint_step::finish: {
            const auto last = checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
            if (last.failure) return *last.failure;
            wal_.copied = std::min(last.pages, wal_.pages);
            wal_.wanted = wal_.last_try = wal_.pages;
            return {};
        }
        case checkpoint_step::copy: {
            wal_.copying = true;
            wal_.wanted = wal_.pages;
            const std::lock_guard lock(mutex_);
            wanted_ = true;
            if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
            wake_.notify_all();
            return {};
        }
    }
    return {};
}

result<void> checkpointer::finish(sqlite::database& db) {
    if (wal_.copying) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return done_.has_value(); });
        wal_.copying = false;
        if (done_->failure) return *done_->failure;
    }
    const auto last = checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE);
    if (last.failure) return *last.failure;
    return {};
}

void checkpointer::run() {
    auto db = sqlite::database::open(file_, sqlite::open_mode::read_write_create, {});
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return wanted_ || stopping_; });
        if (!wanted_) return;
        wanted_ = false;
        lock.unlock();
        auto outcome = db ? checkpoint(**db, SQLITE_CHECKPOINT_PASSIVE)
                          : copied{.pages = 0, .failure = std::nullopt};
        lock.lock();
        done_ = std::move(outcome);
        wake_.notify_all();
    }
}

checkpointer::copied checkpointer::checkpoint(sqlite::database& db, int mode) {
    int in_wal = 0, in_file = 0;
    const auto start = std::chrono::steady_clock::now();
    const int code = sqlite3_wal_checkpoint_v2(db.handle(), nullptr, mode, &in_wal, &in_file);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    durations_.observe(static_cast<std::uint64_t>(took.count()));
    if (is_fatal(code)) return {.pages = 0, .failure = sqlite::error_from(db, code, nullptr)};
    return {.pages = std::max(in_file, 0), .failure = std::nullopt};
}

}  // namespace historyd::writer
