#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "storage/schema/schema.hpp"
#include "storage/sqlite/advisory_locks.hpp"
#include "storage/sqlite/notification_hub.hpp"
#include "storage/sqlite/session_objects.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::sqlite {

class sequence_registry;

// What a running statement knows of its session. Built by the engine on the session's thread, then
// read-only; registered functions and catalog tables reach it through connection::context().
struct statement_context {
    schema::schema_ptr schema;
    std::shared_ptr<const types::io_settings> io;  // now_us is the transaction's start
    std::shared_ptr<const std::map<std::string, std::string>> settings;
    std::int64_t statement_start_us = 0;
    std::string user, database, application_name, client_address;
    std::string temporary_schema;  // the session's namespace for temporary tables, if it has any
    std::int32_t client_port = -1;
    std::int32_t process_id = 0;  // BackendKeyData's
    std::uint64_t transaction_id = 0;
    bool read_only = false;

    sequence_registry* sequences = nullptr;                     // outlives every statement
    advisory_locks* locks = nullptr;                            // so does it
    const notification_hub* notifications = nullptr;            // and it
    std::shared_ptr<const std::vector<std::string>> databases;  // all there are, unless null
    std::shared_ptr<const session_objects> own_objects;         // where the statement shows them
    // Rows of pg_stat_activity and the like, provided by the composition root; may be empty.
    std::function<std::vector<std::vector<value>>(std::string_view table)> live_rows;

    // Set by CancelRequest from any thread; looked at by the SQLite progress handler.
    std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    // How long the writer is waited for behind another session's transaction: lock_timeout.
    std::chrono::steady_clock::time_point lock_deadline =
        std::chrono::steady_clock::time_point::max();
    static constexpr auto no_wait = std::chrono::steady_clock::time_point::min();  // NOWAIT

    // set_config() and setseed(), setval's session state, NOTICEs raised by functions: effects for
    // the session to apply once the statement has succeeded. Touched only by the thread that runs
    // the statement, then by the session after completion.
    struct effects {
        std::vector<std::tuple<std::string, std::string, bool>> set_config;  // name, value, local
        std::vector<sql_error> notices;
        std::vector<notification> notifications;
        std::vector<advisory_locks::request> locks_taken;
        std::optional<advisory_locks::request> awaited_lock;  // the statement failed for want of it
    };
    std::shared_ptr<effects> session_effects = std::make_shared<effects>();
    std::shared_ptr<std::map<std::string, std::int64_t>> currval;  // per session: nextval's last
};

using context_ptr = std::shared_ptr<const statement_context>;

// A sequence's OID, last value and is_called.
using sequence_position = std::tuple<schema::oid, std::int64_t, bool>;
using stored_positions = std::map<schema::oid, std::pair<std::int64_t, bool>>;

// nextval() for every thread: values are handed out in memory, never rolled back (as in
// PostgreSQL), and the writer stores the highest one handed out in the same transaction as the rows
// that use it.
class sequence_registry {
public:
    // Loads or refreshes the definitions. Positions handed out and not yet stored are kept, others
    // are what the file says. `positions`: by sequence OID (absent: never called). What the schema
    // does not have stays until forget_dropped(): its transaction may yet roll back.
    void refresh(const schema::schema& s, const stored_positions& positions);
    void forget_dropped(const schema::schema& s);

    result<std::int64_t> next(schema::oid id);  // 2200H past the bound
    result<void> set(schema::oid id, std::int64_t v, bool is_called);
    // The position now: last value and is_called.
    result<std::pair<std::int64_t, bool>> position(schema::oid id) const;
    // Raises the position to at least v: a row with an explicit key does not do this in PostgreSQL,
    // but a file that another program filled needs it when it is opened.
    void raise(schema::oid id, std::int64_t v);

    // Positions that changed since the last call; the writer stores them before COMMIT.
    std::vector<sequence_position> take_dirty();
    // What take_dirty() gave (in its order) was not stored after all: the transaction rolled back.
    void put_back(const std::vector<sequence_position>& taken);

private:
    struct state {
        schema::sequence definition;
        std::int64_t last = 0;
        bool is_called = false, dirty = false;
    };
    mutable std::mutex mutex_;
    std::map<schema::oid, state> states_;  // guarded by mutex_
};

}  // namespace historyd::sqlite
