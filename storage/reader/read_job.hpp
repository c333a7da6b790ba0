#pragma once

#include <chrono>
#include <variant>

#include "storage/base/completion.hpp"
#include "storage/reader/reader_pool.hpp"

// What crosses from a session's coroutine to a reader thread.

namespace historyd::reader {

class reader_thread;

// A statement that has begun. Made and used by its reader thread; elsewhere only a handle.
class cursor_state {
public:
    explicit cursor_state(reader_thread& t) : thread(t) {}
    reader_thread& thread;  // outlived by the pool's core, which `core` keeps
    std::shared_ptr<void> core;

    read_request request;                // the bound values are borrowed by the statement
    std::shared_ptr<snapshot_state> in;  // whose connection it runs on; null: its own
    std::unique_ptr<sqlite::database> connection;
    sqlite::cached_statement statement;
};

class snapshot_state {
public:
    explicit snapshot_state(reader_thread& t) : thread(t) {}
    reader_thread& thread;
    std::shared_ptr<void> core;

    std::unique_ptr<sqlite::database> connection;
};

using cursor_ptr = std::shared_ptr<cursor_state>;
using snapshot_ptr = std::shared_ptr<snapshot_state>;

// What open() answers with, before it is wrapped in its handle.
struct started {
    fetched first;
    cursor_ptr unfinished;
};

struct open_job {
    read_request request;
    row_sink* sink = nullptr;
    fetch_limits limits;
    snapshot_ptr in;
    completion<result<started>> answer;
    std::chrono::steady_clock::time_point queued;
};
struct fetch_job {
    cursor_ptr at;
    row_sink* sink = nullptr;
    fetch_limits limits;
    completion<result<fetched>> answer;
};
struct snapshot_job {
    completion<result<snapshot_ptr>> answer;
};
struct close_cursor_job {
    cursor_ptr at;
};
struct close_snapshot_job {
    snapshot_ptr at;
};

using read_job =
    std::variant<open_job, fetch_job, snapshot_job, close_cursor_job, close_snapshot_job>;

}  // namespace historyd::reader
