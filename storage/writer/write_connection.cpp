#include "storage/writer/write_connection.hpp"

#include <algorithm>

#include "storage/base/value_rows.hpp"
#include "storage/catalog/schema_store.hpp"
#include "storage/writer/first_change.hpp"
#include "storage/writer/statement_runner.hpp"

namespace historyd::writer {

namespace {

// Keys are random (UUIDs): the upper levels of the user's indexes should stay in memory.
constexpr auto page_cache_kib = 64 << 10;

std::string savepoint_name(std::size_t depth) { return "client_" + std::to_string(depth); }

bool is_atomic_by_itself(const write_unit& unit) {
    return unit.statements.empty() ||
           (unit.statements.size() == 1 && is_atomic_by_itself(unit.statements.front()));
}

// The context is the running statement's: functions and the progress handler look at it.
class running_as {
public:
    running_as(sqlite::database& db, const sqlite::statement_context& context) : db_(db) {
        db_.set_context(&context);
    }
    ~running_as() { db_.set_context(nullptr); }
    running_as(const running_as&) = delete;
    running_as& operator=(const running_as&) = delete;

private:
    sqlite::database& db_;
};

}  // namespace

write_connection::write_connection(std::unique_ptr<sqlite::database> db,
                                   sqlite::sequence_registry& sequences, schema_versions& versions)
    : db_(std::move(db)), sequences_(sequences), versions_(versions) {}

result<std::unique_ptr<write_connection>> write_connection::open(
    const std::filesystem::path& file, std::span<const sqlite::database::extension> extensions,
    sqlite::sequence_registry& sequences, schema_versions& versions, const writer_options& options,
    outbox::progress& progress) {
    auto db = sqlite::database::open(file, sqlite::open_mode::read_write_create, extensions);
    if (!db) return db.error();
    if (auto copied = copy_before_first_change(file, **db, extensions); !copied) {
        return copied.error();
    }
    if (auto said = report_unfinished_migration(file, **db); !said) return said.error();
    std::unique_ptr<write_connection> connection(
        new write_connection(std::move(*db), sequences, versions));
    if (auto adopted = connection->adopt_file(file, options, progress); !adopted)
        return adopted.error();
    return connection;
}

result<void> write_connection::adopt_file(const std::filesystem::path& file,
                                          const writer_options& options,
                                          outbox::progress& progress) {
    value_rows mode;
    if (auto set = db_->execute("PRAGMA journal_mode=WAL", {}, &mode); !set) return set.error();
    if (mode.rows.size() != 1 || mode.rows[0].size() != 1 || mode.rows[0][0] != value("wal")) {
        return sql_error(sqlstate::io_error,
                         "the file system of the database file does not support WAL");
    }
    // Checkpoints are the checkpointer's, see storage/DESIGN.md.
    if (auto set = db_->run("PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-" +
                            std::to_string(page_cache_kib));
        !set) {
        return set.error();
    }
    if (auto begun = db_->execute("BEGIN IMMEDIATE", {}, nullptr); !begun) return begun.error();
    for (const auto step : {catalog::create_own_tables, catalog::ensure_mem0_indexes}) {
        if (auto done = step(*db_); !done) return done.error();
    }
    auto version = pragma("data_version"), page_bytes = pragma("page_size");
    if (!version) return version.error();
    if (!page_bytes) return page_bytes.error();
    data_version_ = *version;
    page_bytes_ = *page_bytes;
    if (auto loaded = load_schema(); !loaded) return loaded.error();
    if (auto set = set_up_outbox(file, options, progress); !set) return set;
    schema_changed_ = true;
    return commit();
}

result<std::int64_t> write_connection::pragma(const std::string& name) {
    value_rows rows;
    if (auto read = db_->execute("PRAGMA " + name, {}, &rows); !read) return read.error();
    return std::get<std::int64_t>(rows.rows.at(0).at(0));
}

result<void> write_connection::begin() {
    if (auto begun = db_->execute("BEGIN IMMEDIATE", {}, nullptr); !begun) return begun.error();
    checks_wait_ = false;
    auto noticed = notice_foreign_changes();
    if (noticed && outbox_) {
        auto taken_in = outbox_->begin(*schema_);
        if (!taken_in) {
            noticed = taken_in.error();
        } else {
            cookie_moved_ = *taken_in;
        }
    }
    if (!noticed) rollback();
    return noticed;
}

result<void> write_connection::notice_foreign_changes() {
    auto version = pragma("data_version");
    if (!version) return version.error();
    if (*version == data_version_) return {};
    data_version_ = *version;
    foreign_commits_ = true;

    auto cookie = pragma("schema_version");
    if (!cookie) return cookie.error();
    if (outbox_) outbox_->others_committed(*cookie != schema_cookie_);
    if (*cookie == schema_cookie_) {
        const auto numbered_by_others = [](const schema::sequence& s) { return s.foreign_made; };
        if (std::ranges::none_of(schema_->sequences, numbered_by_others)) return {};
        return refresh_sequences();
    }
    schema_cookie_ = *cookie;
    if (auto loaded = load_schema(); !loaded) return loaded.error();
    versions_.publish(schema_);
    return {};
}

bool write_connection::sees_foreign_commits() {
    const auto version = pragma("data_version");
    return version && *version != data_version_;
}

result<void> write_connection::load_schema() {
    auto loaded = catalog::load_schema(*db_);
    if (!loaded) return loaded.error();
    (*loaded)->epoch = ++last_epoch_;
    schema_ = std::move(*loaded);
    return refresh_sequences();
}

result<void> write_connection::refresh_sequences() {
    auto positions = catalog::load_sequence_positions(*db_, *schema_);
    if (!positions) return positions.error();
    sequences_.refresh(*schema_, *positions);
    return {};
}

result<void> write_connection::store_sequences() {
    const auto dirty = sequences_.take_dirty();
    stored_positions_.insert(stored_positions_.end(), dirty.begin(), dirty.end());
    if (dirty.empty()) return {};
    return catalog::store_sequence_positions(*db_, dirty);
}

result<unit_outcome> write_connection::run(const write_unit& unit) {
    if (unit.outbox_request) return run_outbox_request(unit);
    if (unit.schema_epoch != schema_->epoch) {
        return sql_error(stale_plan_sqlstate, "planned for another schema");
    }
    const bool guarded = !is_atomic_by_itself(unit);
    if (guarded) {
        if (auto set = db_->execute("SAVEPOINT unit", {}, nullptr); !set) return set.error();
    }
    const auto epoch_before = schema_->epoch;
    *unit.context->session_effects = {};  // of an earlier run in a batch that was rolled back
    unit_outcome out;
    out.statements.reserve(unit.statements.size());
    for (const auto& statement : unit.statements) {
        auto done = run(statement, *unit.context);
        if (!done) {
            if (guarded && in_transaction()) {
                auto undone = db_->run("ROLLBACK TO unit; RELEASE unit");
                if (undone) undone = resume_after_undo(epoch_before);
                if (!undone) rollback();  // nothing of the unit may stay
            }
            return done.error();
        }
        out.statements.push_back(*done);
    }
    if (guarded) {
        if (auto released = db_->execute("RELEASE unit", {}, nullptr); !released) {
            return released.error();
        }
    }
    auto sealed = seal();
    if (!sealed) {
        rollback();
        return sealed.error();
    }
    out.outbox_seq = *sealed;
    if (schema_->epoch != epoch_before) out.schema = schema_;
    return out;
}

result<statement_outcome> write_connection::run(const write_statement& statement,
                                                const sqlite::statement_context& context) {
    const running_as running(*db_, context);
    const auto& plan = *statement.plan;
    const bool guarded = !is_atomic_by_itself(statement);
    if (outbox_ && !plan.steps.empty()) {
        if (auto settled = outbox_->settle_rows(); !settled) return settled.error();
    }
    const auto captured = outbox_ ? outbox_->mark_rows() : outbox::row_capture::marks();
    if (guarded) {
        if (auto set = db_->execute("SAVEPOINT statement", {}, nullptr); !set) return set.error();
    }
    result<statement_outcome> outcome;
    if (plan.steps.empty()) {
        outcome = run_statement(*db_, statement, *schema_);
    } else {
        outcome = run_steps(plan);
    }
    if (!outcome) {
        if (outbox_) outbox_->forget_rows(captured);
        if (guarded && in_transaction()) {
            db_->set_context(nullptr);  // a cancelled statement's undoing is not to be cancelled
            if (auto undone = db_->run("ROLLBACK TO statement; RELEASE statement"); !undone) {
                rollback();
            }
        }
        return outcome;
    }
    if (guarded) {
        if (auto released = db_->execute("RELEASE statement", {}, nullptr); !released) {
            return released.error();
        }
    }
    return outcome;
}

// Foreign keys rest meanwhile: a table that is made anew under its old name is dropped on the way,
// which must neither fail nor cascade. Dependencies were checked when the statement was translated.
result<statement_outcome> write_connection::run_steps(const sql::plan& plan) {
    if (db_->has_pending_checks() && !plan.tag.starts_with("CREATE") && plan.tag != "COMMENT") {
        return sql_error(sqlstate::object_in_use,
                         "cannot " + plan.tag + " because it has pending trigger events");
    }
    // RESTART IDENTITY and the like change stored positions: what is in memory goes first.
    if (auto stored = store_sequences(); !stored) return stored.error();
    if (outbox_) {
        const bool definition = plan.command == sql::command::ddl;
        if (auto ready = outbox_->before_steps(definition); !ready) return ready.error();
    }
    sqlite3_db_config(db_->handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0, nullptr);
    result<statement_outcome> outcome;
    for (const auto& step : plan.steps) {
        auto done = db_->execute(step.sql, step.parameters, nullptr);
        if (!done) {
            outcome = done.error();
            break;
        }
        outcome->rows_affected = *done;  // CREATE TABLE AS counts those of its last step
    }
    sqlite3_db_config(db_->handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    if (outbox_) outbox_->after_steps();
    if (!outcome) return outcome;
    if (auto told = tell_outbox(plan); !told) return told.error();

    sequences_changed_ = true;
    if (plan.command != sql::command::ddl) {
        if (auto refreshed = refresh_sequences(); !refreshed) return refreshed.error();
        return outcome;
    }
    schema_changed_ = true;
    if (auto indexed = catalog::ensure_mem0_indexes(*db_); !indexed) return indexed.error();
    const auto before = schema_;
    if (auto loaded = load_schema(); !loaded) return loaded.error();
    if (outbox_) {
        if (auto done = outbox_->after_definition(*before, *schema_); !done) return done.error();
    }
    return outcome;
}

result<void> write_connection::check_deferred_keys(const key_deferral& keys,
                                                   const sqlite::statement_context& context) {
    if (!checks_wait_ && keys.is_as_declared()) return {};
    // For the rest of the transaction, whatever SET CONSTRAINTS and ROLLBACK TO say later.
    if (!checks_wait_ && keys.exceeds_declared(*schema_)) {
        if (auto waits = db_->put_off_checks(true); !waits) return waits;
        checks_wait_ = true;
    }
    if (!db_->has_pending_checks()) return {};
    const running_as running(*db_, context);
    return check_keys(*db_, *schema_, keys, *context.io);
}

result<void> write_connection::savepoint(std::size_t depth) {
    if (outbox_) {
        if (auto settled = outbox_->settle_rows(); !settled) return settled;
    }
    auto done = db_->execute("SAVEPOINT " + savepoint_name(depth), {}, nullptr);
    if (!done) return done.error();
    return {};
}

result<void> write_connection::release(std::size_t depth) {
    auto done = db_->execute("RELEASE " + savepoint_name(depth), {}, nullptr);
    if (!done) return done.error();
    return {};
}

result<void> write_connection::rollback_to(std::size_t depth) {
    auto done = db_->execute("ROLLBACK TO " + savepoint_name(depth), {}, nullptr);
    if (!done) return done.error();
    return resume_after_undo(0);
}

// Part of the transaction was undone: what memory knows of it has to follow the file.
result<void> write_connection::resume_after_undo(std::uint64_t epoch_before) {
    if (sequences_changed_) sequences_.put_back(stored_positions_);
    if (schema_->epoch != epoch_before && schema_changed_) {
        if (auto loaded = load_schema(); !loaded) return loaded;
    } else if (sequences_changed_) {
        if (auto refreshed = refresh_sequences(); !refreshed) return refreshed;
    }
    return outbox_ ? outbox_->rolled_back_to_savepoint(*schema_) : result<void>();
}

sql_error write_connection::named_violation(sql_error of_commit) {
    if (of_commit.sqlstate != sqlstate::foreign_key_violation) return of_commit;
    auto named = violation_at_commit(*db_, *schema_, checks_wait_);
    return named ? *std::move(named) : std::move(of_commit);
}

result<void> write_connection::commit() {
    auto done = store_sequences();
    auto cookie = schema_cookie_;
    if (done && (schema_changed_ || cookie_moved_)) {
        // Read before COMMIT: after it another program's change could slip in.
        if (auto read = pragma("schema_version")) {
            cookie = *read;
        } else {
            done = read.error();
        }
    }
    if (done) {
        auto committed = db_->execute("COMMIT", {}, nullptr);
        if (!committed) done = named_violation(committed.error());
    }
    if (!done) {
        rollback();
        return done;
    }
    schema_cookie_ = cookie;
    cookie_moved_ = false;
    if (outbox_) outbox_->committed();
    stored_positions_.clear();
    sequences_changed_ = false;
    if (std::exchange(schema_changed_, false)) {
        sequences_.forget_dropped(*schema_);
        versions_.publish(schema_);
    }
    return {};
}

void write_connection::rollback() {
    db_->set_context(nullptr);
    // Fails only when SQLite has rolled back already.
    if (in_transaction()) (void)db_->execute("ROLLBACK", {}, nullptr);
    cookie_moved_ = false;
    if (outbox_) outbox_->rolled_back();
    sequences_.put_back(std::exchange(stored_positions_, {}));
    if (std::exchange(schema_changed_, false)) schema_ = versions_.current();
    if (std::exchange(sequences_changed_, false)) {
        (void)refresh_sequences();
        sequences_.forget_dropped(*schema_);
    }
}

}  // namespace historyd::writer
