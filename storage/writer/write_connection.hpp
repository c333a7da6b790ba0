#pragma once

#include "storage/outbox/outbox_writer.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/writer/schema_versions.hpp"
#include "storage/writer/writer.hpp"

namespace historyd::writer {

// The read-write connection and one transaction at a time on it: what a batch and a lease have in
// common. Knows SQLite, schema epochs and sequences; nothing of queues and threads. Used on the
// writer thread only.
class write_connection {
public:
    // Opens or creates the file in WAL mode, makes it historyd's and publishes its schema.
    static result<std::unique_ptr<write_connection>> open(
        const std::filesystem::path& file, std::span<const sqlite::database::extension> extensions,
        sqlite::sequence_registry& sequences, schema_versions& versions,
        const writer_options& options, outbox::progress& progress);

    // BEGIN IMMEDIATE. Notices what other programs did to the file since; a new schema of theirs is
    // published at once. Returns: 55P03 when another program keeps the file locked.
    result<void> begin();
    // False after an error that made SQLite roll back (disk full, cancelled write, ...).
    bool in_transaction() const { return !db_->in_autocommit(); }
    // SET CONSTRAINTS has been said, or a statement run under it. Returns: 23503 when a foreign key
    // is violated that does not wait for COMMIT.
    result<void> check_deferred_keys(const key_deferral& keys,
                                     const sqlite::statement_context& context);

    // Runs all statements of a unit, or none: an error undoes the unit and, as a rule, leaves the
    // transaction open (see in_transaction). Returns: stale_plan_sqlstate for another epoch's
    // plans.
    result<unit_outcome> run(const write_unit& unit);
    // The same for one statement.
    result<statement_outcome> run(const write_statement& statement,
                                  const sqlite::statement_context& context);

    result<void> savepoint(std::size_t depth);
    result<void> release(std::size_t depth);
    result<void> rollback_to(std::size_t depth);

    // The transaction's changes are complete (run(unit) does it itself). Returns: its last entry in
    // the outbox; 0 when it made none.
    result<std::int64_t> seal();
    // Stores sequence positions, COMMIT, publishes a changed schema. On an error nothing is open.
    result<void> commit();
    void rollback();

    // The schema as the open transaction sees it.
    const schema::schema_ptr& schema() const { return schema_; }
    bool changed_schema() const { return schema_changed_; }
    // Outside a transaction: have other programs committed since the last begin()?
    bool sees_foreign_commits();
    // Other programs have committed since the last call.
    bool take_foreign_commits() { return std::exchange(foreign_commits_, false); }

    // nullptr when nothing is forwarded.
    outbox::outbox_writer* outbox() { return outbox_.get(); }
    // A transaction of the outbox's own work.
    result<void> work_on_outbox();

    sqlite::database& db() { return *db_; }
    std::int64_t page_bytes() const { return page_bytes_; }

private:
    write_connection(std::unique_ptr<sqlite::database> db, sqlite::sequence_registry& sequences,
                     schema_versions& versions);

    result<void> adopt_file(const std::filesystem::path& file, const writer_options& options,
                            outbox::progress& progress);
    result<void> set_up_outbox(const std::filesystem::path& file, const writer_options& options,
                               outbox::progress& progress);
    result<unit_outcome> run_outbox_request(const write_unit& unit);
    result<void> tell_outbox(const sql::plan& plan);
    result<void> notice_foreign_changes();
    result<statement_outcome> run_steps(const sql::plan& plan);
    result<void> load_schema();
    result<void> refresh_sequences();
    result<void> resume_after_undo(std::uint64_t epoch_before);
    result<void> store_sequences();
    sql_error named_violation(sql_error of_commit);
    result<std::int64_t> pragma(const std::string& name);

    std::unique_ptr<sqlite::database> db_;
    sqlite::sequence_registry& sequences_;
    schema_versions& versions_;

    schema::schema_ptr schema_;
    std::uint64_t last_epoch_ = 0;  // never given twice, not even after a rollback
    bool schema_changed_ = false, sequences_changed_ = false;
    bool checks_wait_ = false;  // database::put_off_checks(), in this transaction
    std::vector<sqlite::sequence_position> stored_positions_;  // by the open transaction
    std::int64_t schema_cookie_ = 0, data_version_ = 0;        // SQLite's
    std::int64_t page_bytes_ = 0;
    bool foreign_commits_ = false;
    bool cookie_moved_ = false;  // by the open transaction, in triggers only
    std::unique_ptr<outbox::outbox_writer> outbox_;
};

}  // namespace historyd::writer
