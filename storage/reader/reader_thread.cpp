#include "storage/reader/reader_thread.hpp"

namespace historyd::reader {

namespace {

// Connections kept for reuse: a burst of cursors leaves that many warm.
constexpr std::size_t free_connections_max = 8;

}  // namespace

reader_thread::reader_thread(std::size_t index, read_queue& queue,
                             const std::filesystem::path& file,
                             std::span<const sqlite::database::extension> extensions,
                             std::atomic<std::size_t>& held, std::size_t held_max,
                             metrics::histogram& queue_wait)
    : index_(index),
      queue_(queue),
      file_(file),
      extensions_(extensions),
      held_(held),
      held_max_(held_max),
      queue_wait_(queue_wait) {}

void reader_thread::start() {
    thread_ = std::thread([this] { run(); });
}

void reader_thread::run() {
    // The first request should not wait for a connection to be made; if that fails, it will say
    // why.
    if (auto warm = take_connection()) put_back(std::move(*warm));
    while (auto job = queue_.pop(index_)) {
        std::visit([this](auto& j) { answer(std::move(j)); }, *job);
    }
    // Handles may outlive the thread; their connections may not.
    for (const auto& cursor : cursors_) end(*cursor);
    for (const auto& snapshot : snapshots_) snapshot->connection.reset();
    cursors_.clear();
    snapshots_.clear();
    free_.clear();
}

void reader_thread::interrupt() {
    const std::lock_guard lock(running_mutex_);
    if (running_ != nullptr) running_->interrupt();
}

void reader_thread::answer(open_job job) {
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - job.queued);
    queue_wait_.observe(static_cast<std::uint64_t>(std::max<std::int64_t>(waited.count(), 0)));
    auto opened = open(job);
    job.answer.post(std::move(opened));
}

void reader_thread::answer(fetch_job job) {
    if (!cursors_.contains(job.at)) {
        // An earlier fetch ended it.
        job.answer.post(fetched{.rows = 0, .done = true});
        return;
    }
    auto fetched = fetch(*job.at, *job.sink, job.limits);
    if (!fetched || fetched->done) answer(close_cursor_job{job.at});
    job.answer.post(std::move(fetched));
}

void reader_thread::answer(snapshot_job job) { job.answer.post(begin_snapshot()); }

void reader_thread::answer(close_cursor_job job) {
    if (cursors_.erase(job.at) == 0) return;
    end(*job.at);
    --held_;
}

void reader_thread::answer(close_snapshot_job job) {
    if (snapshots_.erase(job.at) == 0) return;
    --held_;
    // A cursor still open inside has to end before its connection goes.
    for (auto at = cursors_.begin(); at != cursors_.end();) {
        if ((*at)->in != job.at) {
            ++at;
            continue;
        }
        end(**at);
        --held_;
        at = cursors_.erase(at);
    }
    if (job.at->connection->run("ROLLBACK")) {
        put_back(std::move(job.at->connection));
    } else {
        job.at->connection.reset();
    }
}

result<started> reader_thread::open(open_job& job) {
    auto at = std::make_shared<cursor_state>(*this);
    at->request = std::move(job.request);
    at->in = std::move(job.in);
    if (at->in) {
        if (!snapshots_.contains(at->in)) {
            return sql_error(sqlstate::internal_error, "the transaction's snapshot is closed");
        }
    } else {
        auto connection = take_connection();
        if (!connection) return connection.error();
        at->connection = std::move(*connection);
    }
    if (auto begun = begin(*at); !begun) {
        end(*at);
        return begun.error();
    }
    auto first = fetch(*at, *job.sink, job.limits);
    if (!first || first->done) {
        end(*at);
        if (!first) return first.error();
        return started{.first = *first, .unfinished = nullptr};
    }
    if (!hold()) {
        end(*at);
        return too_many_held();
    }
    at->core = core_.lock();
    cursors_.insert(at);
    return started{.first = *first, .unfinished = at};
}

// Prepares and binds; nothing is read yet.
result<void> reader_thread::begin(cursor_state& at) {
    if (auto stopped = sqlite::interruption(*at.request.context)) return *std::move(stopped);
    auto& db = at.in ? *at.in->connection : *at.connection;
    db.set_context(at.request.context.get());
    auto statement = db.prepare(*at.request.sql);
    db.set_context(nullptr);
    if (!statement) return statement.error();
    at.statement = std::move(*statement);
    return at.statement.bind(at.request.parameters);
}

result<fetched> reader_thread::fetch(cursor_state& at, row_sink& sink, fetch_limits limits) {
    auto& db = at.in ? *at.in->connection : *at.connection;
    const auto run_as = [&](sqlite::database* running) {
        db.set_context(running != nullptr ? at.request.context.get() : nullptr);
        const std::lock_guard lock(running_mutex_);
        running_ = running;
    };
    fetched out;
    run_as(&db);
    result<void> outcome;
    do {
        auto stepped = at.statement.step();
        if (!stepped) {
            outcome = stepped.error();
            break;
        }
        if (!*stepped) {
            out.done = true;
            break;
        }
        outcome = sink.add(at.statement.row());
        if (!outcome) break;
        ++out.rows;
    } while (out.rows != limits.rows && sink.bytes() < limits.bytes);
    run_as(nullptr);
    if (!outcome) return outcome.error();
    return out;
}

void reader_thread::end(cursor_state& at) {
    at.statement = {};
    at.in.reset();
    if (at.connection) put_back(std::move(at.connection));
}

result<snapshot_ptr> reader_thread::begin_snapshot() {
    if (!hold()) return too_many_held();
    auto made = std::make_shared<snapshot_state>(*this);
    auto connection = take_connection();
    if (connection) {
        auto begun = (*connection)->run("BEGIN");
        if (!begun) connection = begun.error();
    }
    if (!connection) {
        --held_;
        return connection.error();
    }
    made->connection = std::move(*connection);
    made->core = core_.lock();
    snapshots_.insert(made);
    return made;
}

result<std::unique_ptr<sqlite::database>> reader_thread::take_connection() {
    if (free_.empty()) {
        auto opened = sqlite::database::open(file_, sqlite::open_mode::read_only, extensions_);
        if (opened) (*opened)->offer_core();
        return opened;
    }
    auto connection = std::move(free_.back());
    free_.pop_back();
    return connection;
}

void reader_thread::put_back(std::unique_ptr<sqlite::database> connection) {
    if (free_.size() < free_connections_max) free_.push_back(std::move(connection));
}

bool reader_thread::hold() {
    if (held_.fetch_add(1) < held_max_) return true;
    --held_;
    return false;
}

sql_error reader_thread::too_many_held() const {
    return sql_error(sqlstate::too_many_connections, "too many open cursors and snapshots")
        .with_detail("At most " + std::to_string(held_max_) + " may be open at once.")
        .with_hint(
            "Close cursors and end REPEATABLE READ transactions sooner, or raise the limit.");
}

}  // namespace historyd::reader
