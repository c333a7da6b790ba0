#include "storage/outbox/journal.hpp"

#include <array>

#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/entry_text.hpp"
#include "storage/outbox/stored_position.hpp"

namespace historyd::outbox {

namespace {

// What another program did in one go may be any number of rows; the backend gets them in
// transactions of this size.
constexpr std::int64_t others_rows_max = 10'000;
// Rows sampled to guess what waits at the start, without reading all of it.
constexpr std::int64_t sample_rows = 1000;
// Resolution of what is known of age and bytes.
constexpr std::int64_t segment_rows = 256;
constexpr std::int64_t prune_rows_max = 4096;

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

value_view row_of(const captured_row& r) { return r.has_row ? value_view(r.row) : value_view(); }

// A statement without rows, to be used again.
result<void> run(sqlite::cached_statement& statement, std::span<const value_view> values) {
    if (auto bound = statement.bind(values); !bound) return bound;
    if (auto done = statement.step(); !done) return done.error();
    statement.reset();
    return {};
}

std::string_view text_of(const value_view& v) {
    const auto* text = std::get_if<std::string_view>(&v);
    return text == nullptr ? std::string_view() : *text;
}

}  // namespace

journal::journal(sqlite::database& db, std::filesystem::path file, outbox::progress& progress,
                 journal_options options)
    : db_(db), file_(std::move(file)), progress_(progress), options_(options) {}

result<void> journal::load() {
    auto state = load_state(db_);
    if (!state) return state.error();
    now_.acked = state->acked;
    now_.pruned = state->pruned;
    now_.head = state->acked.seq > state->pruned.seq ? state->acked : state->pruned;
    auto last = catalog::query(db_,
                               "SELECT seq, chain_hash FROM historyd_outbox"
                               " WHERE txid IS NOT NULL ORDER BY seq DESC LIMIT 1");
    if (!last) return last.error();
    if (!last->empty()) {
        const auto at = position_of(last->front());
        if (at.seq > now_.head.seq) now_.head = at;
    }
    auto dead = catalog::query(db_, "SELECT count(*) FROM historyd_dead");
    if (!dead) return dead.error();
    now_.parked = catalog::stored_row(dead->front()).integer(0);
    if (auto loaded = load_depth(); !loaded) return loaded;
    progress_.applied(now_.acked.seq);
    committed_ = now_;
    publish();
    return {};
}

result<void> journal::load_depth() {
    auto oldest = catalog::query(
        db_, "SELECT created_us FROM historyd_outbox WHERE txid IS NOT NULL ORDER BY seq LIMIT 1");
    if (!oldest) return oldest.error();
    if (!oldest->empty()) now_.oldest_kept_us = catalog::stored_row(oldest->front()).integer(0);
    auto sample = catalog::query(db_,
                                 "SELECT count(*), total(length(pk) + ifnull(length(row), 0)),"
                                 " min(created_us) FROM (SELECT * FROM historyd_outbox"
                                 " WHERE seq > ?1 AND txid IS NOT NULL ORDER BY seq LIMIT ?2)",
                                 {now_.acked.seq, sample_rows});
    if (!sample) return sample.error();
    const auto count = std::get<std::int64_t>(sample->front().at(0));
    if (count == 0) return {};
    const auto bytes = std::get<double>(sample->front().at(1)) / static_cast<double>(count);
    const auto rows = static_cast<double>(now_.head.seq - now_.acked.seq);
    now_.bytes = static_cast<std::int64_t>(bytes * rows);
    segments_.push_back({now_.head.seq, now_.bytes, std::get<std::int64_t>(sample->front().at(2))});
    return {};
}

result<std::int64_t> journal::seal() { return seal_as(false); }
result<std::int64_t> journal::seal_others() { return seal_as(true); }

result<std::int64_t> journal::seal_as(bool of_others) {
    auto unsealed = db_.prepare(
        "SELECT seq, op, tbl, pk, row FROM historyd_outbox WHERE seq > ?1 ORDER BY seq");
    if (!unsealed) return unsealed.error();
    const std::vector<value> after{now_.head.seq};
    if (auto bound = unsealed->bind(after); !bound) return bound.error();
    sqlite::cached_statement sealed;
    const auto started = now_us();
    std::int64_t txid = 0, rows = 0;
    for (;; ++rows) {
        auto more = unsealed->step();
        if (!more) return more.error();
        if (!*more) break;
        if (!sealed) {
            auto prepared = db_.prepare(
                "UPDATE historyd_outbox SET txid = ?1, op = ?2, chain_hash = ?3, created_us = ?4"
                " WHERE seq = ?5");
            if (!prepared) return prepared.error();
            sealed = std::move(*prepared);
        }
        const auto row = unsealed->row();
        const auto seq = std::get<std::int64_t>(row[0]);
        if (txid == 0 || (of_others && rows % others_rows_max == 0)) txid = seq;
        chain_link link{.seq = seq,
                        .txid = txid,
                        .op = text_of(row[1]),
                        .table = text_of(row[2]),
                        .key = text_of(row[3]),
                        .row = text_of(row[4]),
                        .has_key = !is_null(row[3]),
                        .has_row = !is_null(row[4])};
        // INSERT OR REPLACE says nothing of the row it replaces.
        if (of_others && link.op == to_text(change_op::insert)) link.op = to_text(change_op::put);
        this->link(link, started);
        const std::array<value_view, 5> values{txid, link.op, head_hash(), started, seq};
        if (auto done = run(sealed, values); !done) return done.error();
    }
    if (rows == 0) return 0;
    return now_.head.seq;
}

result<std::int64_t> journal::seal(captured_rows& rows) {
    if (rows.is_empty()) return 0;
    auto insert = db_.prepare("INSERT INTO historyd_outbox VALUES (?1,?2,?3,?4,?5,?6,?7,?8)");
    if (!insert) return insert.error();
    const auto started = now_us();
    const auto txid = now_.head.seq + 1;
    auto done = rows.visit([&](const captured_row& r) -> result<void> {
        const chain_link entry{.seq = now_.head.seq + 1,
                               .txid = txid,
                               .op = to_text(r.op),
                               .table = r.table,
                               .key = r.key,
                               .row = r.row,
                               .has_row = r.has_row};
        link(entry, started);
        const std::array<value_view, 8> values{entry.seq, entry.txid, entry.op,    entry.table,
                                               entry.key, row_of(r),  head_hash(), started};
        return run(*insert, values);
    });
    if (!done) return done.error();
    return now_.head.seq;
}

result<void> journal::add_rows(captured_rows& rows) {
    auto insert = db_.prepare("INSERT INTO historyd_outbox(op, tbl, pk, row) VALUES (?1,?2,?3,?4)");
    if (!insert) return insert.error();
    return rows.visit([&](const captured_row& r) {
        const std::array<value_view, 4> values{to_text(r.op), r.table, r.key, row_of(r)};
        return run(*insert, values);
    });
}

void journal::link(const chain_link& entry, std::int64_t created_us) {
    if (now_.oldest_kept_us == 0) now_.oldest_kept_us = created_us;
    now_.head = {entry.seq, chain_.next(now_.head.hash, entry)};
    now_.bytes += static_cast<std::int64_t>(entry.key.size() + entry.row.size());
}

value_view journal::head_hash() const {
    return blob_view{{reinterpret_cast<const char*>(now_.head.hash.data()), now_.head.hash.size()}};
}

result<void> journal::add_statement(change_op op, std::string_view search_path,
                                    std::string_view text,
                                    const std::vector<named_value>& settings) {
    const auto under = settings.empty() ? value() : value(encode_entry(settings));
    auto added =
        db_.execute("INSERT INTO historyd_outbox(op, tbl, pk, row) VALUES (?1, ?2, ?3, ?4)",
                    std::vector<value>{std::string(to_text(op)), std::string(search_path), under,
                                       std::string(text)},
                    nullptr);
    if (!added) return added.error();
    return {};
}

result<void> journal::acknowledge(const position& applied) {
    if (applied.seq > now_.head.seq || applied.seq < now_.pruned.seq) {
        return sql_error(sqlstate::object_not_in_prerequisite_state,
                         "the outbox has no position " + std::to_string(applied.seq));
    }
    auto saved = db_.execute("UPDATE historyd_state SET acked_seq = ?1, acked_hash = ?2",
                             std::vector<value>{applied.seq, hash_value(applied.hash)}, nullptr);
    if (!saved) return saved.error();
    // The backend knows this node by its own name from here on.
    auto settled = db_.execute("UPDATE historyd_meta SET copied_from = '' WHERE copied_from <> ''",
                               {}, nullptr);
    if (!settled) return settled.error();
    if (applied.seq < now_.acked.seq) went_back_ = true;
    now_.acked = applied;
    return prune();
}

result<void> journal::park(const std::vector<std::int64_t>& seqs, const std::string& sqlstate,
                           const std::string& message) {
    for (const auto seq : seqs) {
        auto moved = db_.execute(
            "INSERT OR REPLACE INTO historyd_dead SELECT seq, txid, op, tbl, pk, row, created_us,"
            " ?2, ?3, ?4 FROM historyd_outbox WHERE seq = ?1 AND txid IS NOT NULL",
            std::vector<value>{seq, sqlstate, message, now_us()}, nullptr);
        if (!moved) return moved.error();
        now_.parked += *moved;
    }
    return {};
}

result<void> journal::retry_parked(std::int64_t seq) {
    auto queued = db_.execute(
        "INSERT INTO historyd_outbox(op, tbl, pk, row) SELECT op, tbl, pk, row FROM historyd_dead"
        " WHERE seq = ?1",
        std::vector<value>{seq}, nullptr);
    if (!queued) return queued.error();
    return discard_parked(seq);
}

result<void> journal::discard_parked(std::int64_t seq) {
    auto gone =
        db_.execute("DELETE FROM historyd_dead WHERE seq = ?1", std::vector<value>{seq}, nullptr);
    if (!gone) return gone.error();
    if (*gone == 0) {
        return sql_error(sqlstate::undefined_object,
                         "there is no parked change " + std::to_string(seq));
    }
    --now_.parked;
    return {};
}

bool journal::has_prunable() const {
    return now_.pruned.seq < now_.acked.seq && now_.oldest_kept_us != 0 &&
           now_.oldest_kept_us < now_us() - options_.retention_us;
}

result<position> journal::end_of_transaction(std::int64_t txid) {
    auto next = catalog::query(db_,
                               "SELECT seq FROM historyd_outbox WHERE seq > ?1 AND txid <> ?1"
                               " ORDER BY seq LIMIT 1",
                               {txid});
    if (!next) return next.error();
    const auto before = next->empty() ? INT64_MAX : catalog::stored_row(next->at(0)).integer(0);
    auto last = catalog::query(db_,
                               "SELECT seq, chain_hash FROM historyd_outbox WHERE seq < ?1"
                               " AND txid IS NOT NULL ORDER BY seq DESC LIMIT 1",
                               {before});
    if (!last) return last.error();
    return position_of(last->at(0));
}

// Whole transactions from the front, a few at a time.
result<void> journal::prune() {
    if (!has_prunable()) return {};
    const auto cutoff = now_us() - options_.retention_us;
    auto rows = catalog::query(db_,
                               "SELECT seq, chain_hash, txid, created_us FROM historyd_outbox"
                               " WHERE txid IS NOT NULL ORDER BY seq LIMIT ?1",
                               {prune_rows_max + 1});
    if (!rows) return rows.error();
    position cut = now_.pruned, last = now_.pruned;
    std::int64_t txid = 0;
    now_.oldest_kept_us = 0;
    for (const auto& values : *rows) {
        const catalog::stored_row row(values);
        if (row.integer(2) != txid) cut = last;  // what came before this transaction is whole
        txid = row.integer(2);
        last = position_of(values);
        if (last.seq > now_.acked.seq || row.integer(3) >= cutoff) {
            now_.oldest_kept_us = row.integer(3);
            break;
        }
        if (last.seq == now_.acked.seq) cut = last;
    }
    const bool more = rows->size() > static_cast<std::size_t>(prune_rows_max);
    if (more && now_.oldest_kept_us == 0) {
        now_.oldest_kept_us = cutoff - 1;  // asks for the next few
        if (cut.seq == now_.pruned.seq) {
            auto end = end_of_transaction(txid);
            if (!end) return end.error();
            if (end->seq <= now_.acked.seq) cut = *end;
        }
    }
    if (cut.seq == now_.pruned.seq) return {};
    for (const auto* sql : {"DELETE FROM historyd_outbox WHERE seq <= ?1",
                            "UPDATE historyd_state SET pruned_seq = ?1, pruned_hash = ?2"}) {
        auto done = db_.execute(sql, std::vector<value>{cut.seq, hash_value(cut.hash)}, nullptr);
        if (!done) return done.error();
    }
    now_.pruned = cut;
    return {};
}

void journal::committed() {
    if (now_.head.seq > committed_.head.seq) {
        const bool joins = !segments_.empty() && !(segments_.size() == 1) &&
                           now_.head.seq - segments_[segments_.size() - 2].seq < segment_rows;
        if (joins) {
            segments_.back().seq = now_.head.seq;
            segments_.back().bytes = now_.bytes;
        } else {
            segments_.push_back({now_.head.seq, now_.bytes, now_us()});
        }
    }
    while (!segments_.empty() && segments_.front().seq <= now_.acked.seq) {
        acked_bytes_ = segments_.front().bytes;
        segments_.pop_front();
    }
    if (std::exchange(went_back_, false)) {
        segments_.clear();
        acked_bytes_ = 0;
        (void)load_depth();  // an estimate
    }
    if (now_.acked.seq != committed_.acked.seq) progress_.applied(now_.acked.seq);
    committed_ = now_;
    check_caps();
    publish();
    progress_.notify();
}

void journal::rolled_back() {
    now_ = committed_;
    went_back_ = false;
}

std::int64_t journal::waiting_bytes() const {
    return committed_.head.seq == committed_.acked.seq ? 0 : committed_.bytes - acked_bytes_;
}

void journal::publish() {
    progress_.set_depth({.head_seq = committed_.head.seq,
                         .acked_seq = committed_.acked.seq,
                         .rows = committed_.head.seq - committed_.acked.seq,
                         .bytes = waiting_bytes(),
                         .oldest_us = segments_.empty() ? 0 : segments_.front().first_us,
                         .parked = committed_.parked,
                         .backfilling = backfilling_});
}

bool journal::has_room_to_backfill() const {
    constexpr std::int64_t rows_max = 50'000;
    const auto rows = committed_.head.seq - committed_.acked.seq;
    const auto& caps = options_.caps;
    return rows < rows_max && (caps.rows_max == 0 || rows < caps.rows_max / 2) &&
           (caps.bytes_max == 0 || waiting_bytes() < caps.bytes_max / 2);
}

void journal::check_caps() {
    const auto& caps = options_.caps;
    const auto rows = committed_.head.seq - committed_.acked.seq;
    const auto full = [](std::string what, const char* key) {
        return sql_error(sqlstate::configuration_limit_exceeded,
                         "too much is waiting for the backend")
            .with_detail(std::move(what))
            .with_hint("Writes are taken again when the backend has caught up; backend." +
                       std::string(key) + " is the limit.");
    };
    std::optional<sql_error> why;
    if (caps.rows_max > 0 && rows >= caps.rows_max) {
        why = full("The outbox holds " + std::to_string(rows) + " changes.", "outbox_rows_max");
    } else if (caps.bytes_max > 0 && waiting_bytes() >= caps.bytes_max) {
        why = full("The outbox holds about " + std::to_string(waiting_bytes()) + " bytes.",
                   "outbox_bytes_max");
    } else if (caps.age_ms_max > 0 && !segments_.empty() &&
               now_us() - segments_.front().first_us >= caps.age_ms_max * 1000) {
        why = full("The oldest change has waited for " +
                       std::to_string((now_us() - segments_.front().first_us) / 1'000'000) +
                       " seconds.",
                   "outbox_age_s_max");
    } else if (caps.free_disk_bytes_min > 0) {
        std::error_code code;
        const auto space = std::filesystem::space(file_, code);
        if (!code && space.available < static_cast<std::uintmax_t>(caps.free_disk_bytes_min)) {
            why = sql_error(sqlstate::disk_full, "the disk is almost full")
                      .with_detail(std::to_string(space.available) + " bytes are free.")
                      .with_hint("Free some space; backend.free_disk_bytes_min is the limit.");
        }
    }
    progress_.set_refusal(std::move(why));
}

}  // namespace historyd::outbox
