#pragma once

#include <atomic>
#include <future>
#include <thread>

#include "storage/sqlite/file_lock.hpp"
#include "storage/writer/checkpointer.hpp"
#include "storage/writer/lease_state.hpp"
#include "storage/writer/write_connection.hpp"
#include "storage/writer/write_queue.hpp"

namespace historyd::writer {

// The thread behind writer: takes units off the queue, batch by batch, and serves leases.
// Everything not in a queue or an atomic is touched by this thread only.
class writer_thread {
public:
    writer_thread(std::filesystem::path file, std::vector<sqlite::database::extension> extensions,
                  std::shared_ptr<sqlite::sequence_registry> sequences, writer_options options);
    // Requires: stop() was called.
    ~writer_thread();

    // Starts the thread and waits until the file is open. Returns: why it cannot be served.
    result<void> start();

    // Any thread: queues a job, or answers it with what stands against it.
    void submit(write_job job);
    // Any thread: closes the queue; a lease in progress may go on until then.
    void stop(std::chrono::steady_clock::time_point lease_until);
    void join();

    schema::schema_ptr schema() const { return versions_.current(); }
    std::uint64_t commit_count() const { return commits_.load(std::memory_order_acquire); }
    writer_stats stats() const;
    outbox::progress& progress() { return progress_; }
    const writer_metrics& metrics() const { return metrics_; }

private:
    struct settled {
        completion<result<unit_outcome>> answer;
        result<unit_outcome> outcome;
        write_unit unit;  // freed where it was made
    };
    // A unit in the batch being built.
    struct attempt {
        unit_job job;
        std::vector<std::size_t> sink_marks;  // bytes() of each sink before the first run
        result<unit_outcome> outcome;
        bool ran = false;           // in the open transaction
        bool failed_alone = false;  // its answer is final, it takes no part in another run
    };
    enum class batch_end : std::uint8_t { commit, run_again, fail_all };

    void run(std::promise<result<void>> opened);
    void serve();
    void run_batch();
    void take_into(std::vector<attempt>& batch, std::chrono::steady_clock::time_point began);
    // Returns: whether somebody came. `until` is set by the first call.
    bool await_company(std::size_t units,
                       std::optional<std::chrono::steady_clock::time_point>& until);
    batch_end run_units(std::vector<attempt>& batch);
    batch_end run_unit(attempt& a);
    void run_each_alone(std::vector<attempt>& batch);
    void fail(std::vector<attempt>& batch, const sql_error& why);
    void answer(std::vector<attempt> batch);
    result<void> commit();
    void after_commit();
    void after_idleness();
    void poison(const sql_error& why);

    void serve_lease(acquire_job job);
    std::optional<sql_error> serve_ops(lease_state& state, std::chrono::milliseconds idle_timeout);
    // Returns: how the op failed; it has been answered either way.
    std::optional<sql_error> run_op(lease_state& state, execute_op& op);
    std::optional<sql_error> run_op(lease_state& state, savepoint_op& op);
    result<std::int64_t> commit_lease();
    void refuse_interrupted();
    // Queues older rows, prunes: a little, between two transactions.
    void work_on_outbox();
    bool outbox_waits() const;
    void look_for_foreign_changes();

    const std::filesystem::path file_;
    const std::vector<sqlite::database::extension> extensions_;
    const std::shared_ptr<sqlite::sequence_registry> sequences_;
    const writer_options options_;
    const batch_limits limits_;

    std::optional<sqlite::file_lock> lock_;
    writer_metrics metrics_;
    schema_versions versions_;
    outbox::progress progress_;
    write_queue queue_;
    std::unique_ptr<write_connection> connection_;
    std::optional<checkpointer> checkpointer_;  // once the file is open
    std::optional<sql_error> poisoned_;
    std::chrono::steady_clock::time_point outbox_rests_until_{};  // after a failure
    std::int64_t wal_pages_ = 0;
    std::size_t last_batch_units_ = 0, queued_then_ = 0;  // see gathering
    std::chrono::microseconds last_commit_{0};
    // What a lease's client asks next: it has the writer, and everybody else waits for both.
    lingering for_op_{std::chrono::microseconds(50), std::chrono::microseconds(400)};

    std::atomic<std::int64_t> lease_until_ns_{INT64_MAX};  // steady clock; set by stop()
    std::atomic<std::uint64_t> commits_{0}, units_{0}, statements_{0}, shown_batch_units_{0};
    std::atomic<bool> stopped_{false};
    std::thread thread_;
};

}  // namespace historyd::writer
