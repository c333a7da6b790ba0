#include "storage/writer/writer_thread.hpp"

#include <spdlog/spdlog.h>

namespace historyd::writer {

namespace {

using clock = std::chrono::steady_clock;

// How often an idle writer asks whether another program has changed the file: SQLite has no event
// for it, and sessions that only read would never learn of a new table.
constexpr std::chrono::milliseconds foreign_change_interval{500};

sql_error shutting_down() {
    return {sqlstate::admin_shutdown, "terminating connection due to administrator command"};
}

std::chrono::microseconds since(clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start);
}

}  // namespace

writer_thread::writer_thread(std::filesystem::path file,
                             std::vector<sqlite::database::extension> extensions,
                             std::shared_ptr<sqlite::sequence_registry> sequences,
                             writer_options options)
    : file_(std::move(file)),
      extensions_(std::move(extensions)),
      sequences_(std::move(sequences)),
      options_(options),
      limits_{.rows_max = options.batch_rows_max,
              .bytes_max = options.batch_bytes_max,
              .time_max = std::chrono::microseconds(options.batch_time_us_max)},
      queue_(options.queue_max) {}

writer_thread::~writer_thread() = default;

result<void> writer_thread::start() {
    std::promise<result<void>> opened;
    auto outcome = opened.get_future();
    thread_ = std::thread([this, p = std::move(opened)]() mutable { run(std::move(p)); });
    auto started = outcome.get();
    if (!started) thread_.join();
    return started;
}

void writer_thread::join() {
    if (thread_.joinable()) thread_.join();
}

void writer_thread::submit(write_job job) {
    switch (queue_.push(job)) {
        case write_queue::admission::taken:
            return;
        case write_queue::admission::closed:
            return refuse(job, shutting_down());
        case write_queue::admission::locked:
            return refuse(job, sql_error(sqlstate::lock_not_available, "could not obtain lock"));
        case write_queue::admission::full:
            metrics_.refused.add();
            return refuse(
                job, sql_error(sqlstate::too_many_connections, "too many writes are waiting")
                         .with_detail("The queue holds " + std::to_string(options_.queue_max) + ".")
                         .with_hint("Retry, or write from fewer clients at once."));
    }
}

void writer_thread::stop(clock::time_point lease_until) {
    lease_until_ns_ = lease_until.time_since_epoch().count();
    queue_.close();
}

writer_stats writer_thread::stats() const {
    return {.commits = commits_,
            .units = units_,
            .statements = statements_,
            .queue_depth = queue_.size(),
            .last_batch_units = shown_batch_units_,
            .stopped = stopped_};
}

void writer_thread::run(std::promise<result<void>> opened) {
    auto lock = sqlite::file_lock::acquire(file_);
    if (!lock) return opened.set_value(lock.error());
    lock_ = std::move(*lock);
    auto connection =
        write_connection::open(file_, extensions_, *sequences_, versions_, options_, progress_);
    if (!connection) {
        lock_.reset();
        auto why = connection.error();
        why.message = "\"" + file_.string() + "\": " + why.message;
        return opened.set_value(why);
    }
    connection_ = std::move(*connection);
    checkpointer_.emplace(file_, options_.wal_checkpoint_pages, connection_->page_bytes(),
                          metrics_.checkpoint);
    sqlite3_wal_hook(
        connection_->db().handle(),
        [](void* pages, sqlite3*, const char*, int in_wal) {
            *static_cast<std::int64_t*>(pages) = in_wal;
            return SQLITE_OK;
        },
        &wal_pages_);
    opened.set_value({});

    serve();

    if (!poisoned_) {
        if (auto emptied = checkpointer_->finish(connection_->db()); !emptied) {
            poison(emptied.error());
        }
    }
    connection_.reset();
    lock_.reset();
}

void writer_thread::serve() {
    for (;;) {
        if (!queue_.wait(outbox_waits() ? std::chrono::milliseconds(0) : foreign_change_interval)) {
            if (queue_.is_closed() && queue_.size() == 0) return;
            if (!poisoned_) look_for_foreign_changes();
            if (!poisoned_ && !outbox_waits()) after_idleness();
            work_on_outbox();
        } else if (poisoned_) {
            for (auto& job : queue_.take_all()) refuse(job, *poisoned_);
        } else if (auto acquire = queue_.take_acquire()) {
            serve_lease(*std::move(acquire));
            queue_.lease_ended();
        } else {
            run_batch();
            work_on_outbox();
        }
    }
}

bool writer_thread::outbox_waits() const {
    auto* outbox = connection_->outbox();
    return outbox != nullptr && !poisoned_ && outbox->has_work() &&
           clock::now() >= outbox_rests_until_;
}

void writer_thread::work_on_outbox() {
    if (auto* outbox = connection_->outbox()) outbox->check_caps();
    if (!outbox_waits()) return;
    const auto commits = commits_.load();
    if (auto done = connection_->work_on_outbox(); !done) {
        if (done.error().sqlstate == sqlstate::io_error) poison(done.error());
        spdlog::warn("the outbox has to wait: {} {}", done.error().message, done.error().detail);
        outbox_rests_until_ = clock::now() + std::chrono::seconds(1);
    } else {
        commits_.store(commits + 1, std::memory_order_release);
        after_commit();
    }
}

result<void> writer_thread::commit() {
    const auto start = clock::now();
    auto committed = connection_->commit();
    last_commit_ = since(start);
    metrics_.commit.observe(static_cast<std::uint64_t>(last_commit_.count()));
    if (!committed) {
        if (committed.error().sqlstate == sqlstate::io_error) poison(committed.error());
        return committed;
    }
    commits_.fetch_add(1, std::memory_order_release);
    return {};
}

// Between transactions, after the answers are on their way.
void writer_thread::after_commit() {
    if (poisoned_) return;
    metrics_.wal_pages.store(wal_pages_, std::memory_order_relaxed);
    auto checked = checkpointer_->after_commit(connection_->db(), wal_pages_);
    if (!checked) poison(checked.error());
}

void writer_thread::after_idleness() {
    if (auto checked = checkpointer_->when_idle(connection_->db()); !checked) {
        poison(checked.error());
    }
}

// What the kernel said it could not write may be gone from memory, and asking again may report
// success: nothing may build on it. Reads go on, from what was committed.
void writer_thread::poison(const sql_error& why) {
    if (poisoned_) return;
    spdlog::critical("writes are stopped until restart: {} {}", why.message, why.detail);
    poisoned_ = sql_error(sqlstate::io_error, "writes are stopped: " + why.message)
                    .with_detail("Data could not be written to disk safely.")
                    .with_hint("Check the disk, then restart historyd.");
    stopped_ = true;
    // Closing the last connection would copy the WAL into the file.
    sqlite3_db_config(connection_->db().handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void writer_thread::look_for_foreign_changes() {
    if (!connection_->sees_foreign_commits()) return;
    if (!connection_->begin()) return;  // locked just now: the next round will do
    connection_->rollback();
    if (connection_->take_foreign_commits()) commits_.fetch_add(1);
}

void writer_thread::refuse_interrupted() {
    for (auto& job : queue_.take_interrupted()) {
        refuse(job, *reason_to_leave(job));
    }
}

}  // namespace historyd::writer
