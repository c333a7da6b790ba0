#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/plan_cache.hpp"
#include "storage/postgres/read_pool.hpp"
#include "storage/reader/reader_pool.hpp"
#include "storage/sqlite/live_server.hpp"
#include "storage/sqlite/notification_hub.hpp"
#include "storage/writer/writer.hpp"

namespace historyd {

struct engine_options {
    std::filesystem::path storage = "history.db";
    reader::pool_options reader;
    writer::writer_options writer;
    std::size_t statement_memory_bytes_max = 256u << 20;
    // A write is answered when the backend has it, or with a WARNING after the timeout.
    bool acknowledge_backend = false;
    std::chrono::milliseconds acknowledge_timeout{0};
    std::size_t plan_cache_entries_max = 4096;
    std::size_t plan_cache_bytes_max = 32u << 20;
};

// One database file and everything that answers SQL over it. Built by the composition root,
// outlives every sql_session; the members are safe to use from any thread.
class engine {
public:
    // Throws std::runtime_error with one clear line (the file is locked by ..., is not a database,
    // ...).
    explicit engine(engine_options options);
    ~engine();

    // Takes no new writes, commits what is queued, checkpoints, closes. Blocks. An open interactive
    // transaction is given `grace`. Call when no session is running any more, or to end them.
    void drain(std::chrono::milliseconds grace);
    // Interrupts running reads (a second SIGTERM).
    void interrupt();

    reader::reader_pool& readers() { return *readers_; }
    writer::writer& writes() { return *writer_; }
    sql::plan_cache& plans() { return plans_; }
    sqlite::sequence_registry& sequences() { return *sequences_; }
    sqlite::advisory_locks& locks() { return locks_; }
    sqlite::notification_hub& notifications() { return notifications_; }
    schema::schema_ptr schema() const { return writer_->schema(); }

    // Names of all databases that are served, for pg_database; null: that of the session. Set
    // before serving.
    std::shared_ptr<const std::vector<std::string>> databases;
    // Where SELECTs are answered (read = "backend"); null: from the file. Set before serving.
    std::shared_ptr<postgres::read_pool> backend_reads;
    // The running daemon, for statements that ask about it; set before serving.
    sqlite::live_server* live = nullptr;

    bool acknowledges_backend() const { return acknowledge_backend_; }
    std::chrono::milliseconds acknowledge_timeout() const { return acknowledge_timeout_; }

private:
    void drop_left_behind();

    sqlite::advisory_locks locks_;
    sqlite::notification_hub notifications_;
    boost::asio::io_context start_up_;  // outlives the writer, which answers to it
    const bool acknowledge_backend_;
    const std::chrono::milliseconds acknowledge_timeout_;
    std::shared_ptr<sqlite::sequence_registry> sequences_;
    sql::plan_cache plans_;
    std::unique_ptr<writer::writer> writer_;
    std::unique_ptr<reader::reader_pool> readers_;
};

}  // namespace historyd
