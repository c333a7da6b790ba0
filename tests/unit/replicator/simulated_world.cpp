#include "simulated_world.hpp"

#include <algorithm>
#include <cstdio>

namespace historyd::replicator::test {

namespace {

constexpr milliseconds never = milliseconds::max();
constexpr int events_max = 5000;
// Longest pause (a refused login's, jittered) twice, and time to bisect what has queued up.
constexpr milliseconds recovery_max{200'000};

failure lost(const char* why) {
    return {.kind = failure_kind::transient, .sqlstate = {}, .message = why, .connected = false};
}

}  // namespace

simulated_world::simulated_world(std::uint64_t seed, bool trace) : seed_(seed), trace_(trace) {
    limits_.batch_rows_max = 1 + below(12);
    limits_.mark_interval = between(0, 300);
    limits_.on_poison = chance(50) ? poison_rule::park : poison_rule::halt;
    loss_percent_ = static_cast<unsigned>(below(4) * 12);
    fault_percent_ = static_cast<unsigned>(below(4) * 5);
    nodes_.reserve(3);
    requests_.reserve(16);
    nodes_.emplace_back();
    backend_up_ = chance(80);
    start(0);
}

std::string simulated_world::incarnation(const simulated_node& n) const {
    return std::to_string(&n - nodes_.data()) + "." + std::to_string(n.process);
}

void simulated_world::trace(const std::string& what) const {
    if (trace_) {
        std::printf("%8lld  %s\n", static_cast<long long>(now_.count()), what.c_str());
    }
}

void simulated_world::fail(std::string what) {
    if (violation_.empty()) violation_ = std::move(what);
}

void simulated_world::start(std::size_t node) {
    trace("node " + std::to_string(node) + " starts");
    auto& n = nodes_[node];
    ++n.process;
    n.claim = 0;
    n.fsm.emplace(limits_, dice());
    feed(node, ticked{});
}

void simulated_world::kill(std::size_t node) {
    trace("node " + std::to_string(node) + " is killed");
    auto& n = nodes_[node];
    if (n.marking_until >= milliseconds(0) && chance(50)) n.journal.acked = n.mark;
    n.marking_until = milliseconds(-1);
    n.fsm.reset();
    ++n.process;
}

void simulated_world::feed(std::size_t node, const event& e) {
    auto& n = nodes_[node];
    if (const auto next = n.fsm->on(e, now_)) perform(node, *next);
    if (n.marking_until < milliseconds(0)) begin_mark(node);
}

void simulated_world::perform(std::size_t node, const action& a) {
    if (std::holds_alternative<rest>(a)) return;
    auto& n = nodes_[node];
    if (const auto* read = std::get_if<read_journal>(&a);
        read != nullptr && n.journal.acked.seq > read->after.seq) {
        fail("forwards what may be pruned at any time");
    }
    in_flight r;
    r.node = node;
    r.process = n.process;
    r.request = a;
    r.effect_at = now_ + between(1, 20);
    r.reply_at = r.effect_at + between(1, 20);
    r.sender = incarnation(n);
    const bool local =
        std::holds_alternative<rewind_mark>(a) || std::holds_alternative<read_journal>(a);
    const auto carry = [&](const extent& batch, const position& from) {
        for (auto seq = from.seq + 1; seq <= batch.end.seq; ++seq) {
            r.content.push_back(*n.journal.find(seq));
        }
    };
    if (const auto* b = std::get_if<apply_batch>(&a)) carry(b->batch, b->from);
    if (const auto* p = std::get_if<park_transaction>(&a)) {
        carry(p->batch, p->from);
        if (p->batch.transactions != 1) fail("more than one transaction parked");
    }
    if (!calm_ && !local && chance(loss_percent_)) {
        switch (below(3)) {
            case 0:  // the request is lost
                r.acts = false;
                break;
            case 1:  // given up on, acts later
                r.reply_at = now_ + between(1, 20);
                r.effect_at = r.reply_at + between(1, 8000);
                break;
            default:  // the reply is lost, the node is told by a timeout
                r.outcome = lost("reply lost");
                break;
        }
    }
    requests_.push_back(std::move(r));
}

void simulated_world::act(in_flight& r) {
    r.acts = false;
    const bool reply_lost = r.outcome.has_value();
    std::optional<event> outcome;
    auto& n = nodes_[r.node];
    if (const auto* to = std::get_if<rewind_mark>(&r.request)) {
        if (r.process == n.process) {
            if (n.marking_until >= milliseconds(0)) end_mark(r.node);
            n.journal.acked = to->to;
        }
        outcome = rewound{};
    } else if (const auto* what = std::get_if<read_journal>(&r.request)) {
        const auto found = n.journal.read(what->after, what->rows_max, what->transactions_max);
        outcome =
            found
                ? event(journal_read{.found = *found, .more = found->end.seq < n.journal.end().seq})
                : event(journal_gap{});
    } else if (!backend_up_) {
        outcome = lost("connection refused");
    } else if (std::holds_alternative<probe_backend>(r.request)) {
        sighting s;
        s.backend_uuid = backend_.uuid;
        s.enrolled = backend_.enrolled;
        s.incarnation = backend_.incarnation;
        s.claim = backend_.claims;
        s.applied = backend_.applied;
        outcome = s;
    } else if (const auto* c = std::get_if<claim_watermark>(&r.request)) {
        const auto failed = backend_.claim(r.sender, *c);
        outcome = failed ? event(*failed) : event(claimed{});
    } else {
        const auto* parked = std::get_if<park_transaction>(&r.request);
        const auto& from = parked ? parked->from : std::get<apply_batch>(r.request).from;
        if (!calm_ && limits_.on_poison == poison_rule::halt && chance(2)) {
            outcome = failure{.kind = failure_kind::permanent,
                              .sqlstate = "23505",
                              .message = "once",
                              .connected = true};
        } else if (auto failed = backend_.commit(r.sender, from, r.content, parked != nullptr)) {
            outcome = *failed;
        } else {
            trace("committed to " + std::to_string(backend_.applied.seq));
            high_water_ = std::max(high_water_, backend_.applied.seq);
            outcome = applied{};
        }
        if (parked && std::ranges::none_of(r.content, &journal_model::change::poisoned)) {
            fail("a transaction was parked that the backend takes");
        }
    }
    if (!reply_lost) r.outcome = outcome;
}

void simulated_world::reply(in_flight& r) {
    r.answered = true;
    auto& n = nodes_[r.node];
    if (r.process != n.process || !n.fsm) return;
    auto outcome = r.outcome.value_or(lost("timeout"));
    if (auto* s = std::get_if<sighting>(&outcome)) {
        s->own_incarnation = incarnation(n);
        s->own_backend_uuid = n.journal.backend_uuid;
        s->acked = n.journal.acked;
        s->oldest = n.journal.oldest;
        s->last_seq = n.journal.end().seq;
        s->hash_at_applied = n.journal.hash_at(s->applied.seq);
        if (s->enrolled && s->incarnation == s->own_incarnation) n.claim = s->claim;
    }
    if (const auto* c = std::get_if<claim_watermark>(&r.request);
        c != nullptr && std::holds_alternative<claimed>(outcome)) {
        n.claim = c->claim;
        if (c->bind) n.journal.backend_uuid = c->backend_uuid;
    }
    feed(r.node, outcome);
}

void simulated_world::begin_mark(std::size_t node) {
    auto& n = nodes_[node];
    const auto due = n.fsm->mark_due(now_);
    if (!due) return;
    n.mark = *due;
    n.marking_until = now_ + between(1, 30);
    if (due->seq > high_water_) fail("marked what was never on the backend");
}

void simulated_world::end_mark(std::size_t node) {
    auto& n = nodes_[node];
    n.marking_until = milliseconds(-1);
    if (!calm_ && chance(loss_percent_ / 2)) return n.fsm->mark_failed(now_);
    n.journal.acked = n.mark;
    n.fsm->marked(n.mark, now_);
    if (chance(20)) n.journal.prune(static_cast<std::int64_t>(below(30)));
    begin_mark(node);
}

bool simulated_world::advance() {
    auto at = never;
    in_flight* request = nullptr;
    std::size_t node = nodes_.size();
    bool marks = false;
    for (auto& r : requests_) {
        const auto due = r.acts && (r.answered || r.effect_at <= r.reply_at) ? r.effect_at
                         : r.answered                                        ? never
                                                                             : r.reply_at;
        if (due < at) at = due, request = &r;
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        auto& n = nodes_[i];
        if (!n.fsm) continue;
        const auto due = n.fsm->deadline().value_or(never);
        if (due < at) at = due, request = nullptr, node = i, marks = false;
        if (n.marking_until >= milliseconds(0) && n.marking_until < at) {
            at = n.marking_until, request = nullptr, node = i, marks = true;
        }
    }
    if (at == never) return false;
    now_ = std::max(now_, at);
    if (request != nullptr) {
        auto r = std::move(*request);
        requests_.erase(requests_.begin() + (request - requests_.data()));
        const bool acting = r.acts && (r.answered || r.effect_at <= r.reply_at);
        acting ? act(r) : reply(r);
        if (r.acts || !r.answered) requests_.push_back(std::move(r));
    } else if (marks) {
        end_mark(node);
    } else {
        feed(node, ticked{});
    }
    return true;
}

void simulated_world::write(std::size_t node) {
    auto& n = nodes_[node];
    if (!n.fsm) return;
    n.journal.append(1 + below(3), chance(3), dice());
    // Wake-ups get lost too.
    if (!chance(loss_percent_)) feed(node, woken{.awaited = chance(50)});
}

// One thing that goes wrong, or is done to the files.
void simulated_world::disturb() {
    const auto node = below(nodes_.size());
    auto& n = nodes_[node];
    switch (below(12)) {
        case 0:
        case 1:
            trace(backend_up_ ? "backend goes down" : "backend comes up");
            backend_up_ = !backend_up_;
            break;
        case 2:  // restarted: what was on its way to it is gone
            trace("backend restarts");
            for (auto& r : requests_)
                r.acts = r.acts && std::holds_alternative<read_journal>(r.request);
            break;
        case 3:
        case 4:
            n.fsm ? kill(node) : start(node);
            break;
        case 5:
            base_backup_ = backend_;
            break;
        case 6:
            if (!base_backup_ || !chance(50)) break;
            trace("backend restored to " + std::to_string(base_backup_->applied.seq));
            backend_ = *base_backup_;
            checked_ = 0;
            break;
        case 7:
            if (chance(30)) file_backup_ = n.journal;
            break;
        case 8:
            if (!file_backup_ || !chance(25)) break;
            trace("file of node " + std::to_string(node) + " restored to " +
                  std::to_string(file_backup_->end().seq));
            if (n.fsm) kill(node);
            n.journal = *file_backup_;
            break;
        case 9:
            if (nodes_.size() > 1 || !chance(15)) break;
            trace("node cloned");
            nodes_.emplace_back().journal = n.journal;
            start(nodes_.size() - 1);
            break;
        case 10:
            now_ += between(0, 60'000);
            break;
        default:
            now_ = std::max(milliseconds(0), now_ - between(0, 3000));
            break;
    }
}

// What the backend has is one unbroken chain: a prefix of a journal, each change once.
void simulated_world::check() {
    const auto& all = backend_.changes;
    if (checked_ > all.size()) checked_ = 0;
    for (auto i = std::max<std::size_t>(checked_, 1); i < all.size(); ++i) {
        if (all[i].before != all[i - 1].at) {
            fail("change " + std::to_string(all[i].at.seq) + " follows " +
                 std::to_string(all[i - 1].at.seq) + " on the backend");
        }
    }
    checked_ = all.size();
    if (!all.empty() && all.back().at != backend_.applied) fail("the watermark is not at the end");
    for (const auto& n : nodes_) {
        if (n.journal.acked.seq > n.journal.end().seq) fail("acknowledged more than was written");
    }
}

bool simulated_world::consistent(const simulated_node& n) const {
    if (!n.journal.backend_uuid.empty() && n.journal.backend_uuid != backend_.uuid) return false;
    if (!backend_.enrolled) return n.journal.oldest.seq == 0;
    return backend_.applied.seq >= n.journal.oldest.seq &&
           n.journal.hash_at(backend_.applied.seq) == backend_.applied.hash;
}

bool simulated_world::settled(const simulated_node& n) const {
    const auto state = n.fsm->state();
    if (state == replicator_state::halted) {
        return !consistent(n) ||
               (backend_.incarnation != incarnation(n) && backend_.claims >= n.claim);
    }
    return state == replicator_state::online && backend_.applied == n.journal.end() &&
           n.journal.acked == n.journal.end();
}

std::string simulated_world::run() {
    const auto events = 100 + below(200);
    for (std::uint64_t i = 0; i < events && violation_.empty(); ++i) {
        if (chance(40)) write(below(nodes_.size()));
        if (chance(fault_percent_)) disturb();
        advance();
        check();
    }
    calm_ = true;
    trace("faults stop");
    backend_up_ = true;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (!nodes_[i].fsm) start(i);
        if (limits_.on_poison == poison_rule::park) continue;
        for (auto& c : nodes_[i].journal.changes) c.poisoned = false;
    }
    const auto until = now_ + recovery_max;
    const auto all_settled = [this] {
        return std::ranges::all_of(nodes_, [this](const auto& n) { return settled(n); });
    };
    for (int i = 0; violation_.empty() && !all_settled(); ++i) {
        if (i == events_max || now_ > until || !advance()) fail("does not come to rest");
        check();
    }
    return violation_;
}

}  // namespace historyd::replicator::test
