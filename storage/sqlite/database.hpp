#pragma once

#include <sqlite3.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/row_sink.hpp"
#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/sqlite/error.hpp"
#include "storage/sqlite/function_error.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd::sqlite {

struct connection_closer {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct statement_finalizer {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using statement_ptr = std::unique_ptr<sqlite3_stmt, statement_finalizer>;

enum class open_mode : std::uint8_t { read_only, read_write_create };

class cached_statement;

// One SQLite connection with everything a translated statement needs registered on it: functions,
// collations, table-valued functions, catalog tables, the progress handler that watches
// statement_context::cancelled and deadline. Used on one thread at a time; interrupt() on any.
class database {
public:
    // Registers what belongs to higher layers (functions, catalog tables); called once after
    // opening. A registered function's user data is its database (see database_of).
    using extension = std::function<result<void>(database&)>;

    static result<std::unique_ptr<database>> open(const std::filesystem::path& file, open_mode mode,
                                                  std::span<const extension> extensions);
    ~database();
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    sqlite3* handle() const;

    // The statement that is running, for registered functions; nullptr between statements.
    const statement_context* context() const;
    // Requires: `context` stays alive until it is replaced.
    void set_context(const statement_context* context);

    // What pg_kept_rows(n) gives: the rows that a part of the running statement has kept as its
    // n-th (sql::plan_part); nullptr when there are none. Requires: they stay alive until they are
    // replaced.
    const std::deque<value_rows>* kept_rows() const;
    void set_kept_rows(const std::deque<value_rows>* rows);

    // Runs SQL text without parameters and without rows (PRAGMA, schema changes), not cached.
    result<void> run(const std::string& sql);

    // A prepared statement from the connection's cache (LRU by text), reset and unbound. One text
    // may be running several times at once: each gets a statement of its own.
    result<cached_statement> prepare(const std::string& sql);

    // Prepares, binds, steps to the end, feeding `sink` (may be null) every row.
    // Returns: rows changed (sqlite3_changes64) for a write, rows produced for a read.
    result<std::int64_t> execute(const std::string& sql, std::span<const value> parameters,
                                 row_sink* sink);

    // No transaction is open. False after BEGIN, until COMMIT or ROLLBACK, or until an error made
    // SQLite roll the whole transaction back (SQLITE_FULL, SQLITE_IOERR, SQLITE_INTERRUPT, ...).
    bool in_autocommit() const;

    // Whether a foreign key whose check is put off is violated.
    bool has_pending_checks() const;
    // Whether the checks of all foreign keys wait for the COMMIT of this transaction. To stop it
    // forgets what those that are not INITIALLY DEFERRED have found.
    result<void> put_off_checks(bool on);
    bool puts_off_checks() const;

    // Any thread: statements running now end with 57P01.
    void interrupt();

    // The next statements end, all together, after so many steps of SQLite's virtual machine (in
    // thousands, rounded up), as if they were cancelled; ran_out_of_steps() tells this from a
    // cancel. nullopt: however long they take.
    void limit_steps(std::optional<int> steps);
    bool ran_out_of_steps() const;

    // From now on what runs here lets other threads have the core about ten times in a
    // millisecond: a scan would keep those that wait for a millisecond's work waiting for a time
    // slice.
    void offer_core();

private:
    friend class cached_statement;
    struct impl;
    explicit database(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

// A statement on loan from its connection's cache; goes back, reset and unbound, when destroyed.
// Must not outlive the database.
class cached_statement {
public:
    cached_statement() = default;
    cached_statement(cached_statement&& other) noexcept;
    cached_statement& operator=(cached_statement&& other) noexcept;
    ~cached_statement();
    explicit operator bool() const { return !loan_.empty(); }

    // Binds ?1, ?2, ... The values are borrowed: they must stay as they are until the statement has
    // ended. More values than parameters is no error (a parameter the translation dropped).
    result<void> bind(std::span<const value> parameters);
    result<void> bind(std::span<const value_view> parameters);

    // Returns: true when there is a row, false at the end. After an error the statement has ended.
    result<bool> step();

    // The row under the cursor, borrowed until the next step().
    std::span<const value_view> row();

    // Ready to be bound and run again.
    void reset();
    // The table the statement writes, for naming constraints in errors; 0: unknown.
    void set_target(types::oid target) { target_ = target; }

    int column_count() const;
    bool is_read_only() const;

private:
    friend class database;
    struct entry {
        std::string text;
        statement_ptr statement;
        std::vector<value_view> row;  // room for row()
        bool is_lent = true;
        bool is_known = false;  // it is what the cache has for its text
    };
    cached_statement(database& db, std::list<entry> loan);
    void give_back();
    sqlite3_stmt* statement() const { return loan_.front().statement.get(); }
    template <class T>
    result<void> bind_all(std::span<const T> parameters);

    database* database_ = nullptr;
    std::list<entry> loan_;  // one, on its way from the cache's list and back, or none
    types::oid target_ = 0;
};

// The connection a registered function runs on. Requires: the function was registered with the
// database as its user data.
database& database_of(sqlite3_context* context);

}  // namespace historyd::sqlite
