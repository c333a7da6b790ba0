#pragma once

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <memory>
#include <vector>

#include "storage/base/metrics.hpp"
#include "storage/base/row_sink.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd::reader {

namespace asio = boost::asio;

struct read_request {
    std::shared_ptr<const std::string> sql;  // kept alive by the plan (aliasing pointer)
    std::vector<value> parameters;
    sqlite::context_ptr context;
    bool brief = false;  // see inline_reader
};

struct fetch_limits {
    std::uint64_t rows = 0;          // 0: no limit
    std::size_t bytes = 256 * 1024;  // pause when the sink holds this much
};
inline constexpr fetch_limits unlimited{.rows = 0, .bytes = SIZE_MAX};

struct fetched {
    std::uint64_t rows = 0;  // added to the sink by this call
    bool done = false;       // the statement has ended
};

class cursor_state;
// A statement in progress on a snapshot connection of its own. Move-only; destroying it (any
// thread) ends the statement on its reader thread.
class cursor {
public:
    cursor();
    cursor(cursor&&) noexcept;
    cursor& operator=(cursor&&) noexcept;
    ~cursor();
    explicit operator bool() const;

private:
    friend class reader_pool;
    void close();
    std::shared_ptr<cursor_state> state_;
};

class snapshot_state;
// A connection that holds one snapshot from its first read on (REPEATABLE READ, SERIALIZABLE).
class snapshot {
public:
    snapshot();
    snapshot(snapshot&&) noexcept;
    snapshot& operator=(snapshot&&) noexcept;
    ~snapshot();
    explicit operator bool() const;

private:
    friend class reader_pool;
    void close();
    std::shared_ptr<snapshot_state> state_;
};

struct pool_options {
    std::size_t threads = 4;
    std::size_t connections_max = 256;  // cursors and snapshots held open at once: 53300 beyond
    std::size_t queue_max = 4096;       // waiting requests: 53300 beyond
};

// What the pool is doing now and has done; a copy.
struct pool_stats {
    std::size_t waiting = 0, held = 0;  // requests; cursors and snapshots
    metrics::histogram::snapshot queue_wait;
};

// Threads that answer reads from snapshot connections, never waiting for the writer. Each
// connection stays on its thread. Every call is made from a session's coroutine and resumes on its
// executor. Brief reads are answered by an inline_reader if they can be.
class reader_pool {
public:
    reader_pool(std::filesystem::path file, std::vector<sqlite::database::extension> extensions,
                pool_options options);
    ~reader_pool();  // answers what is waiting, joins its threads; interrupt_all() hurries them
    // Any thread: statements running now end with 57P01.
    void interrupt_all();

    // Starts a statement and fetches up to `limits`. The cursor is empty when the statement is
    // done. `sink` must outlive the call. A negative LIMIT etc. is the statement's own error.
    struct opened {
        fetched first;
        reader::cursor cursor;
    };
    asio::awaitable<result<opened>> open(read_request request, row_sink& sink, fetch_limits limits,
                                         const snapshot* in = nullptr);
    asio::awaitable<result<fetched>> fetch(cursor& c, row_sink& sink, fetch_limits limits);

    // Starts a snapshot (the first read inside it fixes what it sees).
    asio::awaitable<result<snapshot>> begin_snapshot();

    // Any thread.
    pool_stats stats() const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace historyd::reader
