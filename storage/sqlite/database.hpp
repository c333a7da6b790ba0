#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "storage/base/row_sink.hpp"
#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd::sqlite {

struct connection_closer { void operator()(sqlite3* db) const { sqlite3_close_v2(db); } };
struct statement_finalizer { void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); } };
using statement_ptr = std::unique_ptr<sqlite3_stmt, statement_finalizer>;

enum class open_mode : std::uint8_t { read_only, read_write_create };

// One SQLite connection with everything a translated statement needs registered on it: functions,
// collations, table-valued functions, catalog tables, the progress handler that watches
// statement_context::cancelled and deadline. Used on one thread only, the one that opened it.
class database {
public:
    // Registers what belongs to higher layers (catalog tables); called once after opening.
    using extension = std::function<result<void>(database&)>;

    static result<std::unique_ptr<database>> open(const std::filesystem::path& file, open_mode mode,
                                                  std::span<const extension> extensions);
    ~database();

    sqlite3* handle() const;

    // The statement that is running, for registered functions; nullptr between statements.
    const statement_context* context() const;
    void set_context(const statement_context* context);

    // Runs SQL text without parameters and without rows (BEGIN, PRAGMA, SAVEPOINT).
    result<void> run(const std::string& sql);

    // A prepared statement from the connection's cache (LRU by text), reset and unbound.
    // The lease puts it back when it goes out of scope.
    class cached_statement;
    result<cached_statement> prepare(const std::string& sql);

    // Prepares, binds, steps to the end, feeding `sink` (may be null) every row.
    // Returns: rows changed (sqlite3_changes64) for a write, rows produced for a read.
    result<std::int64_t> execute(const std::string& sql, std::span<const value> parameters,
                                 row_sink* sink);

private:
    struct impl;
    explicit database(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

// An error of the connection as PostgreSQL would report it. Constraint names, columns and tables come
// from `schema`; a function's own sql_error (set through set_function_error) comes back unchanged.
sql_error error_from(database& db, int sqlite_code, const schema::schema* schema);

// Called by registered functions: fails the running statement with exactly this error.
void set_function_error(sqlite3_context* context, sql_error error);

}  // namespace historyd::sqlite
