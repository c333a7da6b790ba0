#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/outbox/captured_rows.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::outbox {

// Captures what our own connection does to rows by SQLite's preupdate hook, with triggers off on
// it: the same entries as the triggers make (capture_sql.hpp), for less. The triggers stay in the
// file, for other programs, and also serve our connection where the hook would do something else:
// where somebody's own triggers have to fire, where foreign keys cascade (children's entries come
// before their parent's deletion, after its update), where a table has virtual columns or no
// rowid, and while older rows are being queued. Used on the writer thread only.
class row_capture {
public:
    explicit row_capture(sqlite::database& db);
    ~row_capture();
    row_capture(const row_capture&) = delete;
    row_capture& operator=(const row_capture&) = delete;

    // Decides between hook and triggers for the tables as they are. Requires: no rows are captured
    // that have not been taken. `settled`: no table has older rows that are still to be queued.
    result<void> choose(const schema::schema& s, bool settled);

    // Neither hook nor triggers until go_on(): DDL and TRUNCATE are forwarded as what they say.
    void rest();
    void go_on();

    // What the hook saw. An error while it looked is returned by the next check(), once: rows are
    // missing, so the transaction must not be committed.
    captured_rows& rows() { return rows_; }
    result<void> check();
    void forget();

    // Where a statement begins, and back to there when what it did was undone.
    struct marks {
        std::uint64_t rows = 0;
        bool failed = false;
    };
    marks mark() const { return {.rows = rows_.mark(), .failed = failure_.has_value()}; }
    void go_back(const marks& to);

private:
    struct column {
        int index = 0;            // SQLite's
        std::string label;        // 'name',
        bool holds_real = false;  // SQLite keeps 5.0 as 5 in the record
    };
    struct table {
        std::string name;  // PostgreSQL's
        std::vector<column> key, stored;
    };

    result<bool> hook_suffices();
    // nullopt: the file has other columns than the schema.
    result<std::optional<table>> describe(const schema::schema& s, const schema::relation& r);
    void see(int op, std::string_view sqlite_name);
    result<void> capture(int op, const table& t);
    void apply();

    sqlite::database& db_;
    std::map<std::string, table, std::less<>> tables_;  // by SQLite name
    captured_rows rows_;
    std::optional<sql_error> failure_;
    bool by_hook_ = false, resting_ = false;
    std::string key_, row_;  // of the entry in the making
};

}  // namespace historyd::outbox
