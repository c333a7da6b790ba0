#pragma once

#include <functional>
#include <memory>

#include "storage/outbox/journal.hpp"
#include "storage/outbox/row_capture.hpp"
#include "storage/outbox/table_capture.hpp"

namespace historyd::outbox {

// The outbox as the writer's connection drives it: what has to happen at BEGIN, around a statement,
// at COMMIT and in between. Used on the writer thread only.
class outbox_writer {
public:
    // In the transaction that opens the file. Makes the tables, claims the identity, brings the
    // triggers in line.
    static result<std::unique_ptr<outbox_writer>> open(sqlite::database& db,
                                                       const std::filesystem::path& file,
                                                       outbox::progress& progress,
                                                       const journal_options& options,
                                                       const schema::schema& s);
    // No backend is configured: the file is left without triggers. In the transaction that opens
    // it.
    static result<void> leave(sqlite::database& db);

    // Other programs have committed; with `schema_changed` they may have changed tables. Remembered
    // until a transaction that took it in has been committed.
    void others_committed(bool schema_changed);
    // After BEGIN: takes in what other programs did. Returns: whether SQLite's schema was changed.
    result<bool> begin(const schema::schema& s);

    // Around the steps of DDL and TRUNCATE, which are forwarded as their text: nothing of what
    // they do to rows is captured. `definition`: they change tables.
    result<void> before_steps(bool definition);
    void after_steps() { rows_.go_on(); }
    result<void> add_statement(change_op op, std::string_view search_path, std::string_view text,
                               const std::vector<named_value>& settings);
    result<void> after_definition(const schema::schema& before, const schema::schema& s);

    // What was captured so far goes into the file, where ROLLBACK TO finds it: before a savepoint.
    result<void> settle_rows();
    // Where a statement begins, and that what it did was undone in the file.
    row_capture::marks mark_rows() const { return rows_.mark(); }
    void forget_rows(const row_capture::marks& mark) { rows_.go_back(mark); }
    // After ROLLBACK TO a savepoint before which settle_rows() was called.
    result<void> rolled_back_to_savepoint(const schema::schema& s);

    // A client's transaction is complete. Returns: its last seq, 0 when it changed nothing.
    result<std::int64_t> seal();
    void committed();
    void rolled_back();

    // A replicator's request, all of it or nothing.
    result<void> run(const std::function<result<void>(outbox_writer&)>& request);
    outbox::journal& journal() { return journal_; }
    result<void> set_backend_uuid(const std::string& uuid);
    result<void> resend_everything(const schema::schema& s);

    // Between transactions: something waits that is nobody's request.
    bool has_work() const;
    // Does a little of it. Returns: whether SQLite's schema was changed.
    result<bool> work(const schema::schema& s);
    void check_caps() { journal_.check_caps(); }

private:
    outbox_writer(sqlite::database& db, const std::filesystem::path& file,
                  outbox::progress& progress, const journal_options& options)
        : db_(db), journal_(db, file, progress, options), capture_(db, journal_), rows_(db) {}

    result<void> choose(const schema::schema& s);
    void move_capture() { capture_moved_ = choose_again_ = true; }

    sqlite::database& db_;
    outbox::journal journal_;
    table_capture capture_;
    row_capture rows_;
    bool others_committed_ = false, others_changed_schema_ = false;
    bool taken_in_ = false;       // in the open transaction
    bool capture_moved_ = false;  // by the open transaction
    bool choose_again_ = false;   // between hook and triggers, at the next BEGIN
    bool entries_unsealed_ = false;
};

}  // namespace historyd::outbox
