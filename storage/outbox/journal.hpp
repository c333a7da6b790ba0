#pragma once

#include <deque>
#include <filesystem>

#include "storage/outbox/captured_rows.hpp"
#include "storage/outbox/chain.hpp"
#include "storage/outbox/progress.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::outbox {

struct journal_options {
    outbox::caps caps;
    std::int64_t retention_us = 0;
};

// The writer's side of the outbox: numbers and chains what triggers wrote, keeps the marks, prunes.
// Everything happens in the transaction that is open on the writer's connection; committed() and
// rolled_back() say how it ended. Used on the writer thread only.
class journal {
public:
    journal(sqlite::database& db, std::filesystem::path file, outbox::progress& progress,
            journal_options options);

    // Reads where the journal stands. Requires: its tables are there.
    result<void> load();

    // Makes the entries that have no transaction yet one transaction (those of other programs,
    // whose transactions cannot be told apart, one or a few). Returns: the last seq, 0 for none.
    result<std::int64_t> seal();
    result<std::int64_t> seal_others();

    // The same for rows that are not entries yet: they become one transaction, sealed at once.
    // Requires: no entry waits to be sealed.
    result<std::int64_t> seal(captured_rows& rows);
    // Adds rows as entries; sealed with what surrounds them.
    result<void> add_rows(captured_rows& rows);
    // Adds a statement as an entry; sealed with what surrounds it. `search_path` is where its names
    // are looked up, `settings` are others that it is read under.
    result<void> add_statement(change_op op, std::string_view search_path, std::string_view text,
                               const std::vector<named_value>& settings = {});

    result<void> acknowledge(const position& applied);
    result<void> park(const std::vector<std::int64_t>& seqs, const std::string& sqlstate,
                      const std::string& message);
    result<void> retry_parked(std::int64_t seq);
    result<void> discard_parked(std::int64_t seq);

    void committed();
    void rolled_back();

    // Where the open transaction stands, and back there after ROLLBACK TO.
    struct marks {
        position head, acked, pruned;
        std::int64_t bytes = 0;  // of all entries ever sealed, for differences
        std::int64_t parked = 0;
        std::int64_t oldest_kept_us = 0;
    };
    marks mark() const { return now_; }
    void go_back(const marks& to) { now_ = to; }

    // Acknowledged entries that are older than the retention are there.
    bool has_prunable() const;
    result<void> prune();

    // Looks at the caps, the clock and the disk again. Any time, on the writer thread.
    void check_caps();
    void set_backfilling(bool now) { backfilling_ = now; }
    // Backfilling leaves room for clients, and does not copy whole tables while nobody takes them.
    bool has_room_to_backfill() const;

private:
    // Entries up to `seq`; `bytes` counts as marks::bytes does.
    struct segment {
        std::int64_t seq = 0, bytes = 0, first_us = 0;
    };

    result<std::int64_t> seal_as(bool of_others);
    // Continues the chain with an entry; its hash is the head's then.
    void link(const chain_link& entry, std::int64_t created_us);
    value_view head_hash() const;  // borrowed
    result<void> load_depth();
    result<position> end_of_transaction(std::int64_t txid);
    std::int64_t waiting_bytes() const;
    void publish();

    sqlite::database& db_;
    const std::filesystem::path file_;
    outbox::progress& progress_;
    const journal_options options_;
    chain chain_;
    marks now_, committed_;
    std::deque<segment> segments_;  // committed, not acknowledged
    std::int64_t acked_bytes_ = 0;
    bool backfilling_ = false, went_back_ = false;
};

}  // namespace historyd::outbox
