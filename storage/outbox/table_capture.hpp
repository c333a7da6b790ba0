#pragma once

#include <map>

#include "storage/outbox/capture_sql.hpp"
#include "storage/outbox/journal.hpp"

namespace historyd::outbox {

// Who changed the schema since the triggers were last looked at.
enum class schema_author : std::uint8_t {
    ourselves,  // a client's DDL: its text is in the journal
    others,     // another program, while the triggers were there or were meant to be
    unknown,    // nobody watched: forwarding was off
    backend,    // the tables were pulled from it, rows and all
};

// Keeps triggers on every table that can be forwarded, and queues the rows that were there before
// them. In the transaction that is open on the writer's connection, on the writer thread.
//
// Rows that were there before are queued by key, a few at a time, table by table, referenced tables
// first. Until a table's turn has come only deletes are queued, so no row comes before one that it
// refers to, and none that the backend already has outlives its deletion.
class table_capture {
public:
    table_capture(sqlite::database& db, journal& journal) : db_(db), journal_(journal) {}

    // Requires: the outbox's tables are there. Forgets what an undone transaction knew.
    result<void> load();

    // Brings triggers in line with the schema, and the backend with what others did to it.
    // Errors: 0A000 for a table without a primary key that we have just made.
    result<void> follow(const schema::schema& s, schema_author author);
    // Takes all triggers away (before a table is altered; when there is no backend any more).
    static result<void> remove_triggers(sqlite::database& db);

    bool has_rows_to_queue() const;
    // Queues some rows of one table. Changes SQLite's schema when a table is begun or finished.
    result<void> queue_rows(const schema::schema& s);
    result<void> queue_everything(const schema::schema& s);

private:
    struct captured {
        std::string table, columns;
        table_phase phase{};
        std::string last_key;  // of what has been queued; empty: nothing yet
    };
    struct trigger_there {
        std::string table, sql;
    };
    using triggers_there = std::map<std::string, trigger_there>;

    static result<triggers_there> find_triggers(sqlite::database& db);

    result<void> follow_table(const schema::schema& s, const schema::relation& r,
                              schema_author author, const triggers_there& there);
    result<void> adopt(const schema::schema& s, const schema::relation& r, schema_author author);
    result<void> changed_by_others(const schema::schema& s, const schema::relation& r,
                                   const captured& before, bool made_anew);
    result<void> forget_dropped(const schema::schema& s, schema_author author);
    result<void> install(const schema::schema& s, const schema::relation& r, table_phase phase);
    result<void> save(const std::string& sqlite_name, captured c);
    result<void> leave_behind(const schema::schema& s, const schema::relation& r,
                              schema_author author);
    static bool has_rows_left(const captured& c);
    result<bool> is_empty(const schema::relation& r);

    sqlite::database& db_;
    journal& journal_;
    std::map<std::string, captured> tables_;  // by SQLite name
};

}  // namespace historyd::outbox
