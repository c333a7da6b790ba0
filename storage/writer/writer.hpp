#pragma once

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "storage/base/row_sink.hpp"
#include "storage/outbox/change.hpp"
#include "storage/outbox/progress.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sql/plan.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/writer/key_deferral.hpp"
#include "storage/writer/writer_metrics.hpp"

namespace historyd::outbox {
class outbox_writer;
}

namespace historyd::writer {

namespace asio = boost::asio;

// One statement for the writer.
struct write_statement {
    sql::plan_ptr plan;  // what to run: plan->sql, or the steps of DDL
    std::vector<value> parameters;
    // When set: the statement is plan->insert->insert_sql once per row of `rows` (concrete rows).
    bool concrete = false;
    std::vector<std::vector<value>> rows;
    row_sink* sink = nullptr;  // RETURNING; owned by the session, idle until the call completes
};

struct statement_outcome {
    std::int64_t rows_affected = 0;
};

// A client transaction whose statements are all known: one savepoint in a group commit.
struct write_unit {
    std::vector<write_statement> statements;
    sqlite::context_ptr context;
    std::uint64_t schema_epoch =
        0;  // the plans'; another epoch in force gives error "stale" (below)
    // Instead of statements: the replicator's business with the outbox.
    std::function<result<void>(outbox::outbox_writer&, const schema::schema&)> outbox_request{};
};

// The plans were made for another schema: translate again and resubmit. Never reaches a client.
inline constexpr std::string_view stale_plan_sqlstate = "HD001";

struct unit_outcome {
    std::vector<statement_outcome> statements;
    std::int64_t outbox_seq = 0;  // the last entry it made in the outbox; 0 when it made none
    schema::schema_ptr schema;    // set when the unit changed it
};

class lease_state;

// The writer, held by one interactive transaction until commit, rollback, destruction (rolls back)
// or idle timeout (rolls back; later calls give 25P03). Other writes wait in the queue.
// A cancelled write, or a full disk, makes SQLite roll the whole transaction back: then the lease
// is over, and later calls but rollback() give 40001.
class lease {
public:
    lease();
    lease(lease&&) noexcept;
    lease& operator=(lease&&) noexcept;
    ~lease();
    explicit operator bool() const;

    // A failed statement is undone; the transaction stays open (the session decides what follows).
    // Also runs SELECTs that must see the transaction's own writes.
    asio::awaitable<result<statement_outcome>> execute(write_statement statement,
                                                       sqlite::context_ptr context);
    // SAVEPOINT/RELEASE/ROLLBACK TO by depth (names are the session's business).
    asio::awaitable<result<void>> savepoint(std::size_t depth);
    asio::awaitable<result<void>> release(std::size_t depth);
    asio::awaitable<result<void>> rollback_to(std::size_t depth);
    // Whether foreign keys `keys`, all deferrable ones if there are none, wait for COMMIT; if not,
    // what is violated fails this call and each statement. Errors: 23503.
    asio::awaitable<result<void>> set_constraints(bool deferred, std::vector<constraint_key> keys,
                                                  sqlite::context_ptr context);
    // The schema as this transaction sees it (after its own DDL).
    schema::schema_ptr schema() const;
    // Number of commits when the lease began: compared with a snapshot's to find 40001.
    std::uint64_t commit_count() const;

    // Returns: the transaction's last entry in the outbox; 0 when it made none.
    asio::awaitable<result<std::int64_t>> commit();
    asio::awaitable<void> rollback();

private:
    friend class writer_thread;
    explicit lease(std::shared_ptr<lease_state> state);
    asio::awaitable<result<void>> mark(int kind, std::size_t depth);
    void close();

    std::shared_ptr<lease_state> state_;
};

struct writer_options {
    std::size_t queue_max = 16384;  // waiting units: 53300 with a hint beyond
    std::size_t batch_rows_max = 4096;
    std::size_t batch_bytes_max = 8 << 20;
    std::int64_t batch_time_us_max = 20'000;    // stop taking more into a batch after this
    std::int64_t wal_checkpoint_pages = 16384;  // checkpoint policy, see storage/DESIGN.md
    bool forward = false;                       // a backend is configured: keep an outbox
    outbox::caps outbox_caps;
    std::int64_t outbox_retention_s = 0;  // acknowledged entries are kept this long
};

// Counters for metrics and SHOW; a consistent copy.
struct writer_stats {
    std::uint64_t commits = 0, units = 0, statements = 0, queue_depth = 0, last_batch_units = 0;
    bool stopped = false;  // a failed fsync stops writes until restart
};

// The one thread that owns the only read-write connection, its queue, and group commit.
class writer {
public:
    // Opens (and when empty creates) the file, loads or creates historyd's own tables, serves an
    // existing mem0 file in place. Throws std::runtime_error with one clear line when it cannot.
    writer(std::filesystem::path file, std::vector<sqlite::database::extension> extensions,
           std::shared_ptr<sqlite::sequence_registry> sequences, writer_options options);
    ~writer();

    // Answers after COMMIT. Resumes on the caller's executor; the answers of one batch arrive there
    // in one hop.
    asio::awaitable<result<unit_outcome>> submit(write_unit unit);

    // Waits in the queue like any write. idle_timeout 0: none.
    asio::awaitable<result<lease>> acquire(std::chrono::milliseconds idle_timeout,
                                           sqlite::context_ptr context);

    // The outbox, on behalf of the replicator (forwarding is on). Each is a unit like a client's
    // and shares its COMMIT; the callers wait for that.
    //
    // The backend has the journal up to here: entries are kept for `retention` from now on. The
    // mark may also go back, to a position that is still kept (a backend that was restored).
    asio::awaitable<result<void>> acknowledge(outbox::position applied);
    asio::awaitable<result<void>> set_backend_uuid(std::string uuid);
    // Sets a transaction's entries aside with the backend's reason. Its place in the journal stays.
    asio::awaitable<result<void>> park(std::vector<std::int64_t> seqs, std::string sqlstate,
                                       std::string message);
    // Queues a parked change again, as a new entry; or forgets it. 42704 when there is none.
    asio::awaitable<result<void>> retry_parked(std::int64_t seq);
    asio::awaitable<result<void>> discard_parked(std::int64_t seq);
    // Queues every row of every table again (the backend lost more than the journal keeps).
    asio::awaitable<result<void>> resend_everything();
    outbox::progress& progress();

    // The newest committed schema. Any thread.
    schema::schema_ptr schema() const;
    // Commits so far, any thread: equal before and after means nothing was written between.
    std::uint64_t commit_count() const;
    writer_stats stats() const;
    const writer_metrics& metrics() const;

    // Takes nothing new, finishes the queue, checkpoints, closes. Blocks until done. The lease in
    // progress is given `grace`.
    void drain(std::chrono::milliseconds grace);

private:
    using outbox_request = decltype(write_unit::outbox_request);
    asio::awaitable<result<void>> ask_outbox(outbox_request request);

    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace historyd::writer
