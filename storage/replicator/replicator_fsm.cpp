#include "storage/replicator/replicator_fsm.hpp"

#include <algorithm>

namespace historyd::replicator {

namespace {

std::string place(const position& p) { return "change " + std::to_string(p.seq); }

// Why what is there and what is here are not the same history; empty when they are.
std::string conflict(const sighting& s, std::int64_t claim) {
    if (!s.own_backend_uuid.empty() && s.own_backend_uuid != s.backend_uuid) {
        return "another database is behind the backend's address: its identity is " +
               s.backend_uuid + ", this file forwards to " + s.own_backend_uuid;
    }
    if (!s.enrolled) {
        if (s.copy_start || s.oldest.seq == 0 || s.acked == s.oldest) return {};
        return "the backend has lost this node's watermark and the outbox no longer holds what "
               "came before " +
               place(s.oldest);
    }
    // A lower number is not another's claim but a backend restored to before ours.
    if (claim != 0 && s.claim >= claim && s.incarnation != s.own_incarnation) {
        return "another historyd forwards under this node's identity since: the file was copied "
               "while its original is still served";
    }
    if (s.applied.seq > s.last_seq) {
        return "the file is older than the backend: the backend has " + place(s.applied) +
               ", the file ends at " + std::to_string(s.last_seq) +
               "; it was restored from a backup, or it is a copy";
    }
    if (s.hash_at_applied) {
        if (*s.hash_at_applied == s.applied.hash) return {};
        return "the file and the backend hold different changes under the number " +
               std::to_string(s.applied.seq) + "; one of them was restored, or the file is a copy";
    }
    return "the backend was restored to " + place(s.applied) +
           ", the outbox no longer holds what came before " + place(s.oldest);
}

}  // namespace

std::string_view to_string(replicator_state s) {
    switch (s) {
        case replicator_state::offline:
            return "offline";
        case replicator_state::probing:
            return "probing";
        case replicator_state::draining:
            return "draining";
        case replicator_state::online:
            return "online";
        case replicator_state::halted:
            return "halted";
    }
    return {};
}

replicator_fsm::replicator_fsm(replicator_limits limits, std::uint64_t seed)
    : limits_(limits),
      random_(static_cast<std::minstd_rand::result_type>(seed)),
      rows_max_(limits.batch_rows_max) {}

replicator_state replicator_fsm::state() const {
    if (halted_) return replicator_state::halted;
    if (connected_) return caught_up_ ? replicator_state::online : replicator_state::draining;
    return decided_ ? replicator_state::offline : replicator_state::probing;
}

std::optional<milliseconds> replicator_fsm::deadline() const {
    std::optional<milliseconds> at;
    if (phase_ == phase::resting || (phase_ == phase::probing && !decided_)) at = deadline_;
    if (wants_mark()) at = std::min(at.value_or(mark_again_), mark_again_);
    return at;
}

// A pause after a failure is not cut short: a wake-up says nothing of the backend.
attention replicator_fsm::heeds() const {
    if (phase_ != phase::resting || !connected_ || failures_ > 0) return attention::none;
    return gathering_ ? attention::awaited : attention::any;
}

std::optional<action> replicator_fsm::on(const event& e, milliseconds now) {
    return std::visit([&](const auto& what) { return answer(what, now); }, e);
}

std::optional<action> replicator_fsm::answer(const woken& w, milliseconds now) {
    const auto heeded = heeds();
    if (heeded == attention::none || (heeded == attention::awaited && !w.awaited)) {
        return std::nullopt;
    }
    return read(now);
}

std::optional<action> replicator_fsm::answer(const ticked&, milliseconds now) {
    if (now < deadline_) return std::nullopt;
    if (phase_ == phase::probing) decided_ = true;
    if (phase_ != phase::resting) return std::nullopt;
    // A pooler may have another server behind it by now, with this connection none the wiser.
    return connected_ && now < recheck_ ? read(now) : probe(now);
}

action replicator_fsm::probe(milliseconds now) {
    phase_ = phase::probing;
    deadline_ = now + limits_.undecided_max;
    return probe_backend{};
}

std::optional<action> replicator_fsm::answer(const sighting& s, milliseconds now) {
    decided_ = true;
    if (auto why = conflict(s, claim_); !why.empty()) return halt(std::move(why), now);
    if (!connected_) caught_up_ = false;
    connected_ = true;
    recheck_ = now + limits_.recheck;
    marked_ = s.acked;
    position_ = s.enrolled ? s.applied : s.copy_start.value_or(s.oldest);
    const bool bind = s.own_backend_uuid.empty();
    if (s.enrolled && s.incarnation == s.own_incarnation) claim_ = s.claim;
    if (!bind && s.enrolled && s.incarnation == s.own_incarnation) return settle(now);
    phase_ = phase::claiming;
    claiming_ = s.claim + 1;
    return claim_watermark{.at = position_,
                           .from_incarnation = s.incarnation,
                           .claim = claiming_,
                           .backend_uuid = s.backend_uuid,
                           .bind = bind,
                           .insert = !s.enrolled};
}

std::optional<action> replicator_fsm::answer(const claimed&, milliseconds now) {
    claim_ = claiming_;
    return settle(now);
}

// The backend is known to be at position_. What the file says, or is about to say, must not be
// ahead: it would be pruned.
action replicator_fsm::settle(milliseconds now) {
    if (position_.seq >= marked_.seq && (!marking_ || position_.seq >= mark_.seq)) return read(now);
    phase_ = phase::rewinding;
    return rewind_mark{position_};
}

std::optional<action> replicator_fsm::answer(const rewound&, milliseconds now) {
    marked_ = position_;
    return read(now);
}

action replicator_fsm::read(milliseconds) {
    phase_ = phase::reading;
    return read_journal{
        .after = position_, .rows_max = rows_max_, .transactions_max = transactions_max_};
}

std::optional<action> replicator_fsm::answer(const journal_read& r, milliseconds now) {
    if (r.found.transactions == 0) {
        halted_ = false;
        failures_ = 0;
        return catch_up(limits_.poll, now);
    }
    batch_ = r.found;
    more_ = r.more;
    phase_ = phase::applying;
    started_ = now;
    return apply_batch{.from = position_, .batch = batch_};
}

std::optional<action> replicator_fsm::answer(const journal_gap&, milliseconds now) {
    return halt("the outbox no longer holds what follows " + place(position_), now);
}

std::optional<action> replicator_fsm::answer(const applied&, milliseconds now) {
    if (phase_ == phase::applying) learn_batch_size(now - started_);
    // A half that went through leaves the other as the suspect; a parked one ends the search.
    const bool found = phase_ == phase::parking || batch_.end.seq >= suspect_end_;
    transactions_max_ = found ? SIZE_MAX
                        : transactions_max_ == SIZE_MAX
                            ? SIZE_MAX
                            : std::max<std::size_t>(1, transactions_max_ / 2);
    if (found) suspect_end_ = 0;
    position_ = batch_.end;
    halted_ = false;
    failures_ = 0;
    if (more_ || !found) return read(now);
    // A batch costs the backend a sync and much else, however few its rows are.
    auto resting = catch_up(limits_.gather, now);
    gathering_ = true;
    return resting;
}

action replicator_fsm::catch_up(milliseconds then_pause, milliseconds now) {
    if (!caught_up_) mark_again_ = now;  // that a backlog is gone is told at once
    caught_up_ = true;
    reason_.clear();
    return pause(then_pause, now, false);
}

// Batches grow while they are quick and shrink when they are not, so that one is never long.
void replicator_fsm::learn_batch_size(milliseconds took) {
    if (took > limits_.batch_time_max) {
        rows_max_ = std::max<std::size_t>(1, std::min(rows_max_, batch_.rows) / 2);
    } else if (batch_.rows >= rows_max_) {
        rows_max_ = std::min(limits_.batch_rows_max, rows_max_ * 2);
    }
}

std::optional<action> replicator_fsm::answer(const failure& f, milliseconds now) {
    reason_ = f.message;
    decided_ = true;
    if (phase_ == phase::applying && !f.connected) {
        rows_max_ = std::max<std::size_t>(1, std::min(rows_max_, batch_.rows) / 2);
    }
    switch (f.kind) {
        case failure_kind::transient:
        case failure_kind::moved:
            return retry(f, now);
        case failure_kind::refused:
            ++failures_;
            return pause(jittered(limits_.refused_retry) + limits_.refused_retry, now, true);
        case failure_kind::permanent:
        case failure_kind::unfit:
            break;
    }
    if (phase_ == phase::applying) return fail_permanently(f, now);
    return halt(f.message, now);
}

action replicator_fsm::retry(const failure& f, milliseconds now) {
    const auto doubled = limits_.retry_min * (1L << std::min(failures_, 20U));
    ++failures_;
    // Reading the journal is no business of the backend's: its connection stays.
    const bool disconnect = phase_ != phase::reading || !f.connected;
    return pause(jittered(std::min(doubled, limits_.retry_max)), now, disconnect);
}

// Bisects down to the one transaction that the backend does not take.
action replicator_fsm::fail_permanently(const failure& f, milliseconds now) {
    if (batch_.transactions > 1) {
        suspect_end_ = batch_.end.seq;
        transactions_max_ = batch_.transactions / 2;
        if (f.connected) return read(now);
        return pause(milliseconds(0), now, true);
    }
    suspect_end_ = batch_.end.seq;
    transactions_max_ = 1;
    if (limits_.on_poison == poison_rule::park && f.kind == failure_kind::permanent &&
        f.connected) {
        phase_ = phase::parking;
        return park_transaction{.from = position_, .batch = batch_, .why = f};
    }
    return halt("the backend does not take the transaction that ends with " + place(batch_.end) +
                    ": " + f.message,
                now);
}

action replicator_fsm::halt(std::string why, milliseconds now) {
    halted_ = true;
    reason_ = std::move(why);
    ++failures_;
    return pause(limits_.halted_retry, now, true);
}

action replicator_fsm::pause(milliseconds length, milliseconds now, bool disconnect) {
    phase_ = phase::resting;
    gathering_ = false;
    deadline_ = now + length;
    if (disconnect) connected_ = false;
    return rest{disconnect};
}

// Between half of it and all of it: nodes that lost the same backend do not come back together.
milliseconds replicator_fsm::jittered(milliseconds length) {
    return length / 2 +
           milliseconds(static_cast<std::int64_t>(random_()) % (length.count() / 2 + 1));
}

bool replicator_fsm::wants_mark() const {
    return !marking_ && phase_ != phase::rewinding && position_.seq > marked_.seq;
}

std::optional<position> replicator_fsm::mark_due(milliseconds now) {
    if (!wants_mark() || now < mark_again_) return std::nullopt;
    marking_ = true;
    mark_ = position_;
    return position_;
}

void replicator_fsm::marked(const position& p, milliseconds now) {
    marking_ = false;
    marked_ = p;
    mark_again_ = now + limits_.mark_interval;
}

void replicator_fsm::mark_failed(milliseconds now) {
    marking_ = false;
    mark_again_ = now + limits_.retry_max;
}

}  // namespace historyd::replicator
