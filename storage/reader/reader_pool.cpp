#include "storage/reader/reader_pool.hpp"

#include <deque>

#include "storage/reader/inline_reader.hpp"
#include "storage/reader/reader_thread.hpp"

namespace historyd::reader {

namespace {

// Shared by the pool and every open cursor and snapshot: a handle may outlive the pool.
struct pool_core {
    pool_core(std::filesystem::path f, std::vector<sqlite::database::extension> e, pool_options o)
        : file(std::move(f)), extensions(std::move(e)), options(o), queue(o.threads, o.queue_max) {}

    const std::filesystem::path file;
    const std::vector<sqlite::database::extension> extensions;
    const pool_options options;
    std::atomic<std::size_t> held{0};
    metrics::duration_histogram queue_wait;
    read_queue queue;
    std::deque<reader_thread> threads;
    inline_reader here{file, extensions, options.threads};
};

void close_later(pool_core& core, read_job job, const reader_thread& thread) {
    // False only when the pool has stopped, which closes everything itself.
    core.queue.push(job, thread.index());
}

}  // namespace

struct reader_pool::impl {
    std::shared_ptr<pool_core> core;

    // Queues a job or answers that there is no room.
    template <class Job>
    void submit(Job job, const reader_thread* thread) {
        read_job wrapped(std::move(job));
        if (thread != nullptr ? core->queue.push(wrapped, thread->index())
                              : core->queue.push(wrapped)) {
            return;
        }
        std::get<Job>(wrapped).answer.post(
            sql_error(sqlstate::too_many_connections, "too many statements are waiting to be read")
                .with_hint("Retry, or raise the limit of waiting reads."));
    }
};

reader_pool::reader_pool(std::filesystem::path file,
                         std::vector<sqlite::database::extension> extensions, pool_options options)
    : impl_(std::make_unique<impl>()) {
    impl_->core = std::make_shared<pool_core>(std::move(file), std::move(extensions), options);
    auto& core = *impl_->core;
    for (std::size_t i = 0; i < options.threads; ++i) {
        auto& thread =
            core.threads.emplace_back(i, core.queue, core.file, core.extensions, core.held,
                                      options.connections_max, core.queue_wait);
        thread.set_core(impl_->core);
    }
    for (auto& thread : core.threads) thread.start();
}

reader_pool::~reader_pool() {
    impl_->core->queue.stop();
    for (auto& thread : impl_->core->threads) thread.join();
}

void reader_pool::interrupt_all() {
    for (auto& thread : impl_->core->threads) thread.interrupt();
}

asio::awaitable<result<reader_pool::opened>> reader_pool::open(read_request request, row_sink& sink,
                                                               fetch_limits limits,
                                                               const snapshot* in) {
    if (request.brief && in == nullptr) {
        if (auto answered = impl_->core->here.read(request, sink, limits)) {
            if (!*answered) co_return answered->error();
            co_return opened{.first = **answered, .cursor = {}};
        }
    }
    open_job job{.request = std::move(request),
                 .sink = &sink,
                 .limits = limits,
                 .in = {},
                 .answer = {},
                 .queued = std::chrono::steady_clock::now()};
    const reader_thread* thread = nullptr;
    if (in != nullptr) {
        job.in = in->state_;
        thread = &job.in->thread;
    }
    auto start = [&](completion<result<started>> answer) {
        job.answer = std::move(answer);
        impl_->submit(std::move(job), thread);
    };
    auto outcome = co_await wait_for_completion<result<started>>(start);
    if (!outcome) co_return outcome.error();
    opened out{.first = outcome->first, .cursor = {}};
    out.cursor.state_ = std::move(outcome->unfinished);
    co_return out;
}

asio::awaitable<result<fetched>> reader_pool::fetch(cursor& c, row_sink& sink,
                                                    fetch_limits limits) {
    if (!c) co_return fetched{.rows = 0, .done = true};
    auto start = [&](completion<result<fetched>> answer) {
        impl_->submit(
            fetch_job{.at = c.state_, .sink = &sink, .limits = limits, .answer = std::move(answer)},
            &c.state_->thread);
    };
    co_return co_await wait_for_completion<result<fetched>>(start);
}

asio::awaitable<result<snapshot>> reader_pool::begin_snapshot() {
    auto start = [&](completion<result<snapshot_ptr>> answer) {
        impl_->submit(snapshot_job{.answer = std::move(answer)}, nullptr);
    };
    auto begun = co_await wait_for_completion<result<snapshot_ptr>>(start);
    if (!begun) co_return begun.error();
    snapshot out;
    out.state_ = std::move(*begun);
    co_return out;
}

pool_stats reader_pool::stats() const {
    const auto& core = *impl_->core;
    return {.waiting = core.queue.waiting(),
            .held = core.held.load(),
            .queue_wait = core.queue_wait.read()};
}

cursor::cursor() = default;
cursor::cursor(cursor&&) noexcept = default;
cursor& cursor::operator=(cursor&& other) noexcept {
    std::swap(state_, other.state_);
    other.close();
    return *this;
}
cursor::~cursor() { close(); }
cursor::operator bool() const { return state_ != nullptr; }

void cursor::close() {
    if (auto state = std::exchange(state_, nullptr)) {
        const auto core = state->core;
        auto& thread = state->thread;
        close_later(*static_cast<pool_core*>(core.get()), close_cursor_job{std::move(state)},
                    thread);
    }
}

snapshot::snapshot() = default;
snapshot::snapshot(snapshot&&) noexcept = default;
snapshot& snapshot::operator=(snapshot&& other) noexcept {
    std::swap(state_, other.state_);
    other.close();
    return *this;
}
snapshot::~snapshot() { close(); }
snapshot::operator bool() const { return state_ != nullptr; }

void snapshot::close() {
    if (auto state = std::exchange(state_, nullptr)) {
        const auto core = state->core;
        auto& thread = state->thread;
        close_later(*static_cast<pool_core*>(core.get()), close_snapshot_job{std::move(state)},
                    thread);
    }
}

}  // namespace historyd::reader
