#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>

#include "storage/outbox/change.hpp"
#include "storage/replicator/failure.hpp"

// Decides what the replicator does next. Pure: clock, journal and backend come in as events, what
// is to be done goes out as actions. The driver does one action at a time and answers it with one
// event; marks run beside it. Everything is decided from positions, never from what was said
// before, so an event that gets lost delays and cannot stall (the deadline is a poll).

namespace historyd::replicator {

using milliseconds = std::chrono::milliseconds;
using outbox::position;

// Whole client transactions that follow a position.
struct extent {
    position end;
    std::size_t transactions = 0;
    std::size_t rows = 0;
};

enum class poison_rule : std::uint8_t { halt, park };

struct replicator_limits {
    std::size_t batch_rows_max = 2000;
    milliseconds batch_time_max{500};  // a batch that took longer makes the next one smaller
    milliseconds gather{25};           // after what the journal's end cut short, for a fuller batch
    milliseconds poll{1000};           // looks at the journal even if nobody woke it
    milliseconds recheck{30'000};      // reads the watermark again, however quiet it is
    milliseconds retry_min{100};       // first pause after a failure; doubles
    milliseconds retry_max{10'000};
    milliseconds refused_retry{20'000};  // least pause when the login was refused
    milliseconds halted_retry{30'000};
    milliseconds mark_interval{200};   // the mark costs a sync of the file
    milliseconds undecided_max{1000};  // an attempt that takes longer counts as offline
    poison_rule on_poison = poison_rule::halt;
};

// What connecting found: the backend's side, and the journal's at that place.
struct sighting {
    std::string backend_uuid;
    bool enrolled = false;    // the backend has a watermark for this node
    std::string incarnation;  // of the process that claimed it last
    std::int64_t claim = 0;   // how often it has been claimed
    position applied;         // the watermark

    std::string own_incarnation;
    std::string own_backend_uuid;  // empty: not yet bound to a backend
    position acked;                // the local mark
    position oldest;               // everything after it is in the journal
    // The file is a copy, new to the backend: what its original has brought there is up to here.
    std::optional<position> copy_start;
    std::int64_t last_seq = 0;
    std::optional<outbox::chain_hash> hash_at_applied;  // the journal's there, if it knows it
};

// Actions.
struct probe_backend {};  // connect if need be, read the watermark FOR UPDATE, answer `sighting`
struct claim_watermark {  // it is this process's from now on; earlier ones' requests fail
    position at;
    std::string from_incarnation;  // whose it is now
    std::int64_t claim = 0;
    std::string backend_uuid;
    bool bind = false;    // the file is to remember the uuid
    bool insert = false;  // there is no watermark yet
};
struct rewind_mark {  // the local mark goes back, after one in flight: pruning follows it
    position to;
};
struct read_journal {
    position after;
    std::size_t rows_max = 0, transactions_max = 0;  // at least one transaction, however large
};
struct apply_batch {
    position from;
    extent batch;
};
struct park_transaction {
    position from;
    extent batch;
    failure why;
};
struct rest {  // nothing until woken or until deadline()
    bool disconnect = false;
};
using action = std::variant<rest, probe_backend, claim_watermark, rewind_mark, read_journal,
                            apply_batch, park_transaction>;

// Events. Any of them but woken, ticked answers the action before.
struct woken {             // the journal may have grown
    bool awaited = false;  // a session waits until the backend has what it wrote
};
struct ticked {};  // deadline() may have passed
struct claimed {};
struct rewound {};
struct journal_read {
    extent found;       // no transactions: nothing new
    bool more = false;  // the limits ended it, not the journal's end
};
struct journal_gap {};  // changes after the position are no longer there
struct applied {};
using event = std::variant<woken, ticked, sighting, claimed, rewound, journal_read, journal_gap,
                           applied, failure>;

// Which `woken` leads to an action now.
enum class attention : std::uint8_t { none, awaited, any };

enum class replicator_state : std::uint8_t { offline, probing, draining, online, halted };
std::string_view to_string(replicator_state s);

class replicator_fsm {
public:
    replicator_fsm(replicator_limits limits, std::uint64_t seed);

    // Requires: events other than woken and ticked answer the action in progress. Returns: the next
    // action; nothing when the one in progress goes on.
    std::optional<action> on(const event& e, milliseconds now);

    attention heeds() const;

    // When the driver should send `ticked`; nothing while an action may take its time.
    std::optional<milliseconds> deadline() const;

    // The local mark runs beside the actions: what to store now, if anything. At most one at a
    // time.
    std::optional<position> mark_due(milliseconds now);
    // Requires: the answer to mark_due.
    void marked(const position& p, milliseconds now);
    void mark_failed(milliseconds now);

    replicator_state state() const;
    const std::string& reason() const { return reason_; }  // of the last failure, or why halted
    const position& confirmed() const { return position_; }

private:
    enum class phase : std::uint8_t {
        resting,
        probing,
        claiming,
        rewinding,
        reading,
        applying,
        parking
    };

    std::optional<action> answer(const sighting& s, milliseconds now);
    std::optional<action> answer(const claimed&, milliseconds now);
    std::optional<action> answer(const rewound&, milliseconds now);
    std::optional<action> answer(const journal_read& r, milliseconds now);
    std::optional<action> answer(const journal_gap&, milliseconds now);
    std::optional<action> answer(const applied&, milliseconds now);
    std::optional<action> answer(const failure& f, milliseconds now);
    std::optional<action> answer(const woken& w, milliseconds now);
    std::optional<action> answer(const ticked&, milliseconds now);

    action probe(milliseconds now);
    action read(milliseconds now);
    action settle(milliseconds now);
    action catch_up(milliseconds then_pause, milliseconds now);
    action pause(milliseconds length, milliseconds now, bool disconnect);
    action retry(const failure& f, milliseconds now);
    action halt(std::string why, milliseconds now);
    action fail_permanently(const failure& f, milliseconds now);
    milliseconds jittered(milliseconds length);
    void learn_batch_size(milliseconds took);
    bool wants_mark() const;

    const replicator_limits limits_;
    std::minstd_rand random_;

    phase phase_ = phase::resting;
    bool connected_ = false, decided_ = false, caught_up_ = false, halted_ = false;
    std::string reason_;
    milliseconds deadline_{0}, started_{0};
    milliseconds mark_again_{0}, recheck_{0};
    unsigned failures_ = 0;

    position position_;  // what the backend is known to have
    position marked_;    // what the file says of it
    position mark_;      // what it will say when the mark in flight is stored
    bool marking_ = false;
    std::int64_t claim_ = 0, claiming_ = 0;  // this process's of the watermark; 0: none yet
    extent batch_;                           // in progress
    bool more_ = false;                      // follows it
    bool gathering_ = false;                 // rests only for a fuller batch
    std::size_t rows_max_;
    std::size_t transactions_max_ = SIZE_MAX;  // smaller while a poisoned one is looked for
    std::int64_t suspect_end_ = 0;             // it is not after this
};

}  // namespace historyd::replicator
