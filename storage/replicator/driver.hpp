#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "storage/outbox/read_ahead.hpp"
#include "storage/replicator/replicator.hpp"

namespace historyd::replicator {

// Runs the state machine: one coroutine turns events into actions, one at a time carries an action
// out, one at a time stores a mark. All on the replicator's thread, but for what says otherwise.
class replicator::driver {
public:
    driver(writer::writer& writer, std::filesystem::path file, postgres::target target,
           replicator_options options);
    ~driver();

    void start();
    void stop();                       // any thread
    replicator_status status() const;  // any thread

private:
    using clock = std::chrono::steady_clock;

    void run();
    asio::awaitable<void> serve();
    asio::awaitable<void> wait();
    void feed(const event& e);
    asio::awaitable<void> perform(action a);
    asio::awaitable<event> carry_out(const probe_backend&);
    asio::awaitable<event> carry_out(const claim_watermark& a);
    asio::awaitable<event> carry_out(const rewind_mark& a);
    asio::awaitable<event> carry_out(const read_journal& a);
    asio::awaitable<event> carry_out(const apply_batch& a);
    asio::awaitable<event> carry_out(const park_transaction& a);
    asio::awaitable<event> carry_out(const rest& a);

    asio::awaitable<result<void>> follow_parked();
    asio::awaitable<void> store_mark(position p);
    asio::awaitable<result<void>> park_locally(std::int64_t up_to);
    result<outbox::journal_part> read(std::int64_t after_seq, outbox::read_limits limits);
    result<sighting> sight(const backend_view& there);
    failure failure_of(const sql_error& raised, std::string what = {}) const;
    void publish();
    void log(const replicator_status& before, const replicator_status& now) const;
    milliseconds now() const;

    writer::writer& writer_;
    const std::filesystem::path file_;
    const postgres::target target_;
    const replicator_options options_;

    // Shared with the writer's callback, which may be on its way when the driver goes.
    struct event_loop {
        asio::io_context context;
        // What the fsm heeds while nothing is being done; `none` after a wake-up.
        std::atomic<attention> heeds{attention::none};
    };
    const std::shared_ptr<event_loop> loop_ = std::make_shared<event_loop>();
    asio::steady_timer signal_;  // cancelled when there is something to look at
    replicator_fsm fsm_;
    backend_session session_;
    std::unique_ptr<outbox::outbox_reader> reader_;
    std::unique_ptr<outbox::read_ahead> ahead_;  // since the first backlog
    outbox::identity who_;
    std::vector<outbox::change> batch_;   // what the last read found
    std::int64_t parked_seen_ = -1;       // how many were parked when the backend was told last
    std::vector<parked_there> unparked_;  // set aside on the backend, not yet in the file
    std::deque<event> events_;
    std::int64_t head_seen_ = 0;  // the journal's, when it was last listened for
    bool acting_ = false, marking_ = false, stopping_ = false, woken_ = false, refused_ = false;

    mutable std::mutex mutex_;  // guards the two below
    replicator_status status_;
    clock::time_point last_attempt_ = clock::now();
    std::thread thread_;
};

}  // namespace historyd::replicator
