#include "storage/outbox/outbox_writer.hpp"

#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/hydration_mark.hpp"
#include "storage/outbox/node_identity.hpp"
#include "storage/schema/own_tables.hpp"

namespace historyd::outbox {

result<std::unique_ptr<outbox_writer>> outbox_writer::open(sqlite::database& db,
                                                           const std::filesystem::path& file,
                                                           outbox::progress& progress,
                                                           const journal_options& options,
                                                           const schema::schema& s) {
    for (const auto definition : schema::outbox_table_definitions()) {
        if (auto made = db.run(std::string(definition)); !made) return made.error();
    }
    auto watched = catalog::query(db, "SELECT capturing FROM historyd_meta");
    if (!watched) return watched.error();
    const bool was_capturing = !watched->empty() && catalog::stored_row(watched->at(0)).flag(0);
    if (auto claimed = claim_identity(db, facts_of(file)); !claimed) return claimed.error();

    std::unique_ptr<outbox_writer> out(new outbox_writer(db, file, progress, options));
    if (auto loaded = out->journal_.load(); !loaded) return loaded.error();
    if (auto loaded = out->capture_.load(); !loaded) return loaded.error();
    auto author = was_capturing ? schema_author::others : schema_author::unknown;
    auto filled = load_hydration(db);
    if (!filled) return filled.error();
    if (*filled) {
        author = schema_author::backend;
        if (auto bound = out->set_backend_uuid((*filled)->backend_uuid); !bound) {
            return bound.error();
        }
        if (auto forgotten = forget_hydration(db); !forgotten) return forgotten.error();
    }
    if (auto followed = out->capture_.follow(s, author); !followed) return followed.error();
    if (auto sealed = out->journal_.seal_others(); !sealed) return sealed.error();
    if (auto chosen = out->choose(s); !chosen) return chosen.error();
    if (auto set = db.run("UPDATE historyd_meta SET capturing = 1"); !set) return set.error();
    return out;
}

result<void> outbox_writer::leave(sqlite::database& db) {
    auto filled = load_hydration(db);
    if (!filled) return filled.error();
    // From here on nobody watches what becomes of the rows.
    if (*filled && (*filled)->complete) {
        if (auto forgotten = forget_hydration(db); !forgotten) return forgotten;
    }
    auto ever = catalog::query(
        db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'historyd_meta'");
    if (!ever) return ever.error();
    if (ever->empty()) return {};
    if (auto gone = table_capture::remove_triggers(db); !gone) return gone;
    return db.run("UPDATE historyd_meta SET capturing = 0 WHERE capturing <> 0");
}

void outbox_writer::others_committed(bool schema_changed) {
    others_committed_ = true;
    others_changed_schema_ = others_changed_schema_ || schema_changed;
}

result<bool> outbox_writer::begin(const schema::schema& s) {
    if (others_committed_) {
        taken_in_ = true;
        if (others_changed_schema_) {
            move_capture();
            if (auto done = capture_.follow(s, schema_author::others); !done) return done.error();
        }
        if (auto sealed = journal_.seal_others(); !sealed) return sealed.error();
    }
    if (choose_again_) {
        if (auto chosen = choose(s); !chosen) return chosen.error();
    }
    return others_committed_ && others_changed_schema_;
}

result<void> outbox_writer::choose(const schema::schema& s) {
    choose_again_ = false;
    return rows_.choose(s, !capture_.has_rows_to_queue());
}

result<void> outbox_writer::before_steps(bool definition) {
    if (auto settled = settle_rows(); !settled) return settled;
    if (definition) {
        if (auto gone = table_capture::remove_triggers(db_); !gone) return gone;
    }
    rows_.rest();
    return {};
}

result<void> outbox_writer::add_statement(change_op op, std::string_view search_path,
                                          std::string_view text,
                                          const std::vector<named_value>& settings) {
    entries_unsealed_ = true;
    return journal_.add_statement(op, search_path, text, settings);
}

result<void> outbox_writer::after_definition(const schema::schema& before,
                                             const schema::schema& s) {
    capture_moved_ = entries_unsealed_ = true;
    auto kept = remember_types(db_, before, s, journal_.mark().pruned.seq);
    if (!kept) return kept;
    if (auto done = capture_.follow(s, schema_author::ourselves); !done) return done;
    return choose(s);
}

result<void> outbox_writer::settle_rows() {
    if (auto complete = rows_.check(); !complete) return complete;
    if (rows_.rows().is_empty()) return {};
    entries_unsealed_ = true;
    if (auto added = journal_.add_rows(rows_.rows()); !added) return added;
    rows_.forget();
    return {};
}

result<void> outbox_writer::rolled_back_to_savepoint(const schema::schema& s) {
    rows_.forget();
    if (!capture_moved_) return {};
    if (auto loaded = capture_.load(); !loaded) return loaded;
    return choose(s);
}

result<std::int64_t> outbox_writer::seal() {
    if (entries_unsealed_ || rows_.rows().is_empty()) {
        if (auto settled = settle_rows(); !settled) return settled.error();
        entries_unsealed_ = false;
        return journal_.seal();
    }
    if (auto complete = rows_.check(); !complete) return complete.error();
    auto sealed = journal_.seal(rows_.rows());
    rows_.forget();
    return sealed;
}

void outbox_writer::committed() {
    if (std::exchange(taken_in_, false)) others_committed_ = others_changed_schema_ = false;
    capture_moved_ = false;
    journal_.set_backfilling(capture_.has_rows_to_queue());
    journal_.committed();
}

void outbox_writer::rolled_back() {
    taken_in_ = entries_unsealed_ = false;
    rows_.forget();
    if (std::exchange(capture_moved_, false)) {
        (void)capture_.load();
        choose_again_ = true;
    }
    journal_.rolled_back();
}

result<void> outbox_writer::run(const std::function<result<void>(outbox_writer&)>& request) {
    if (auto set = db_.run("SAVEPOINT outbox"); !set) return set;
    const auto before = journal_.mark();
    auto done = request(*this);
    if (!done) {
        journal_.go_back(before);
        if (!db_.in_autocommit()) (void)db_.run("ROLLBACK TO outbox; RELEASE outbox");
        return done;
    }
    return db_.run("RELEASE outbox");
}

result<void> outbox_writer::set_backend_uuid(const std::string& uuid) {
    auto set = db_.execute("UPDATE historyd_meta SET backend_uuid = ?1", std::vector<value>{uuid},
                           nullptr);
    if (!set) return set.error();
    return {};
}

result<void> outbox_writer::resend_everything(const schema::schema& s) {
    move_capture();
    return capture_.queue_everything(s);
}

bool outbox_writer::has_work() const {
    return others_committed_ || journal_.has_prunable() ||
           (capture_.has_rows_to_queue() && journal_.has_room_to_backfill());
}

result<bool> outbox_writer::work(const schema::schema& s) {
    if (journal_.has_prunable()) {
        if (auto pruned = journal_.prune(); !pruned) return pruned.error();
    }
    if (!capture_.has_rows_to_queue() || !journal_.has_room_to_backfill()) return false;
    move_capture();
    if (auto queued = capture_.queue_rows(s); !queued) return queued.error();
    if (auto sealed = journal_.seal(); !sealed) return sealed.error();
    return true;
}

}  // namespace historyd::outbox
