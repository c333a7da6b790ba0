#include "storage/replicator/driver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "storage/replicator/change_text.hpp"

namespace historyd::replicator {

namespace {

// A failure of the file's, not the backend's: neither halts nor reconnects.
failure local_failure(const sql_error& e) {
    return {.kind = failure_kind::transient,
            .sqlstate = e.sqlstate,
            .message = "outbox: " + e.message,
            .connected = true};
}

// What our own statements raise is the text of a failed cast.
sql_error in_plain_words(const sql_error& e) {
    if (e.message.find(differs_marker) != std::string::npos) {
        return {sqlstate::unique_violation, "the backend has this row with other values"};
    }
    if (e.message.find(missing_marker) != std::string::npos) {
        return {"02000", "the backend does not have this row"};
    }
    return e;
}

}  // namespace

replicator::driver::driver(writer::writer& writer, std::filesystem::path file,
                           postgres::target target, replicator_options options)
    : writer_(writer),
      file_(std::move(file)),
      target_(std::move(target)),
      options_(options),
      signal_(loop_->context),
      fsm_(options.limits, std::random_device{}()),
      session_(loop_->context.get_executor(), target_, options.timeouts) {
    status_.backend = target_.shown();
}

replicator::driver::~driver() { stop(); }

void replicator::driver::start() {
    thread_ = std::thread([this] { run(); });
    writer_.progress().on_change([this, loop = loop_](bool awaited) {
        const auto heeds = loop->heeds.load();
        if (heeds == attention::none || (heeds == attention::awaited && !awaited)) return;
        if (loop->heeds.exchange(attention::none) == attention::none) return;
        // Runs while the driver does, or not at all.
        asio::post(loop->context, [this] {
            woken_ = true;
            signal_.cancel();
        });
    });
}

void replicator::driver::stop() {
    if (!thread_.joinable()) return;
    writer_.progress().on_change({});
    asio::post(loop_->context, [this] {
        stopping_ = true;
        session_.interrupt();
        signal_.cancel();
    });
    thread_.join();
}

milliseconds replicator::driver::now() const {
    return std::chrono::duration_cast<milliseconds>(clock::now().time_since_epoch());
}

void replicator::driver::run() {
    auto opened = outbox::outbox_reader::open(file_);
    if (!opened) {
        spdlog::critical("nothing is forwarded: cannot read the outbox: {}",
                         opened.error().message);
        return;
    }
    reader_ = *std::move(opened);
    auto serving = serve();
    asio::co_spawn(loop_->context, std::move(serving), asio::detached);
    loop_->context.run();
    session_.close();
    ahead_.reset();
    reader_.reset();
}

asio::awaitable<void> replicator::driver::serve() {
    feed(ticked{});
    while (!stopping_ || acting_ || marking_) {
        if (!events_.empty()) {
            const auto e = std::move(events_.front());
            events_.pop_front();
            feed(e);
        } else if (woken_ && !acting_) {
            woken_ = false;
            feed(woken{.awaited = writer_.progress().is_awaited()});
        } else if (const auto at = fsm_.deadline(); at && *at <= now()) {
            feed(ticked{});
        } else {
            co_await wait();
        }
    }
}

asio::awaitable<void> replicator::driver::wait() {
    // What came before this is seen here, what comes after it calls: `progress` has a mutex.
    const auto heeds = fsm_.heeds();
    loop_->heeds = heeds;
    const auto head = writer_.progress().depth().head_seq;
    if ((heeds == attention::any && head > std::exchange(head_seen_, head)) ||
        (heeds == attention::awaited && !acting_ && writer_.progress().is_awaited())) {
        woken_ = true;
        co_return;
    }
    const auto at = fsm_.deadline();
    signal_.expires_at(at && !stopping_ ? clock::time_point(*at) : clock::time_point::max());
    boost::system::error_code ignored;
    co_await signal_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void replicator::driver::feed(const event& e) {
    if (stopping_) return;
    auto next = fsm_.on(e, now());
    if (next) {
        acting_ = true;
        auto doing = perform(*std::move(next));
        asio::co_spawn(loop_->context, std::move(doing), asio::detached);
    }
    if (const auto due = fsm_.mark_due(now())) {
        marking_ = true;
        auto storing = store_mark(*due);
        asio::co_spawn(loop_->context, std::move(storing), asio::detached);
    }
    if (const auto* f = std::get_if<failure>(&e)) {
        const std::lock_guard lock(mutex_);
        ++status_.failures;
        status_.last_error = f->message;
        refused_ = f->kind == failure_kind::refused;
    }
    publish();
}

asio::awaitable<void> replicator::driver::perform(action a) {
    const bool rests = std::holds_alternative<rest>(a);
    auto outcome = co_await std::visit([this](const auto& what) { return carry_out(what); }, a);
    const bool drains =
        std::holds_alternative<read_journal>(a) || std::holds_alternative<apply_batch>(a);
    // What was read ahead is for a drain that goes on as it began.
    if (ahead_ && (!drains || std::holds_alternative<failure>(outcome))) ahead_->drop();
    acting_ = false;
    if (!rests) events_.push_back(std::move(outcome));
    signal_.cancel();
}

asio::awaitable<event> replicator::driver::carry_out(const rest& a) {
    if (a.disconnect) session_.close();
    co_return woken{};
}

asio::awaitable<event> replicator::driver::carry_out(const probe_backend&) {
    {
        const std::lock_guard lock(mutex_);
        ++status_.attempts;
        last_attempt_ = clock::now();
    }
    auto identity = reader_->identity();
    if (!identity) co_return local_failure(identity.error());
    who_ = *std::move(identity);
    const auto acked = reader_->acknowledged();
    if (!acked) co_return local_failure(acked.error());
    auto there = co_await session_.look(who_, acked->seq);
    if (!there) co_return failure_of(there.error());
    unparked_ = there->parked;
    auto seen = sight(*there);
    if (!seen) co_return local_failure(seen.error());
    co_return *std::move(seen);
}

result<sighting> replicator::driver::sight(const backend_view& there) {
    sighting s;
    s.backend_uuid = there.uuid;
    s.enrolled = there.enrolled;
    s.incarnation = there.incarnation;
    s.claim = there.claim;
    s.applied = there.applied;
    s.own_incarnation = who_.incarnation;
    s.own_backend_uuid = who_.backend_uuid;
    const auto acked = reader_->acknowledged();
    if (!acked) return acked.error();
    s.acked = *acked;
    const auto oldest = reader_->oldest_kept();
    if (!oldest) return oldest.error();
    s.oldest = *oldest;
    if (!there.enrolled && !who_.copied_from.empty()) {
        // As far as the two journals agree the original has brought it; the mark is in both.
        const auto same = reader_->at(there.origin.seq);
        if (!same) return same.error();
        s.copy_start = *same == there.origin ? there.origin : s.acked;
    }
    const auto at = reader_->at(there.applied.seq);
    if (!at) return at.error();
    if (*at) s.hash_at_applied = (*at)->hash;
    s.last_seq = writer_.progress().head_seq();
    return s;
}

asio::awaitable<event> replicator::driver::carry_out(const claim_watermark& a) {
    if (auto done = co_await session_.claim(who_, a); !done) co_return failure_of(done.error());
    if (a.bind) {
        auto bound = co_await writer_.set_backend_uuid(a.backend_uuid);
        if (!bound) co_return local_failure(bound.error());
        who_.backend_uuid = a.backend_uuid;
    }
    co_return claimed{};
}

asio::awaitable<event> replicator::driver::carry_out(const rewind_mark& a) {
    // A mark in flight was queued before: the writer takes them in order.
    auto done = co_await writer_.acknowledge(a.to);
    if (!done) co_return local_failure(done.error());
    spdlog::warn("the backend was restored to an older state: forwarding again from change {}",
                 a.to.seq);
    co_return rewound{};
}

asio::awaitable<event> replicator::driver::carry_out(const read_journal& a) {
    if (!session_.check()) {
        co_return failure_of(sql_error("08006", "the backend has ended the connection"));
    }
    const outbox::read_limits limits{.rows_max = a.rows_max, .bytes_max = options_.batch_bytes_max};
    auto found = read(a.after.seq, limits);
    if (!found) co_return local_failure(found.error());
    batch_ = std::move(found->changes);
    if (batch_.empty()) {
        auto followed = co_await follow_parked();
        if (!followed) co_return failure_of(followed.error());
        co_return journal_read{.found = {.end = a.after}};
    }
    if (batch_.front().seq != a.after.seq + 1) co_return journal_gap{};
    std::size_t transactions = 0;
    auto end = batch_.begin();
    for (std::int64_t txid = 0; end != batch_.end(); ++end) {
        if (transactions > 0 && end->txid == txid) continue;
        if (transactions == a.transactions_max) break;
        ++transactions;
        txid = end->txid;
    }
    const bool cut = end != batch_.end();
    batch_.erase(end, batch_.end());
    const auto& last = batch_.back();
    if (found->more && !cut) {
        if (!ahead_) ahead_ = std::make_unique<outbox::read_ahead>(file_);
        ahead_->start(last.seq, limits);
    }
    co_return journal_read{.found = {.end = {.seq = last.seq, .hash = last.hash},
                                     .transactions = transactions,
                                     .rows = batch_.size()},
                           .more = found->more || cut};
}

result<outbox::journal_part> replicator::driver::read(std::int64_t after_seq,
                                                      outbox::read_limits limits) {
    if (ahead_) {
        if (auto part = ahead_->take(after_seq, limits)) return *std::move(part);
    }
    return reader_->read(after_seq, limits);
}

// What was retried or discarded here is no longer parked there either.
asio::awaitable<result<void>> replicator::driver::follow_parked() {
    const auto count = writer_.progress().depth().parked;
    if (count == parked_seen_) co_return result<void>();
    const auto acked = reader_->acknowledged();
    if (!acked) co_return acked.error();
    const auto parked = reader_->parked();
    if (!parked) co_return parked.error();
    std::vector<std::int64_t> seqs;
    for (const auto& p : *parked) seqs.push_back(p.change.seq);
    auto done = co_await session_.forget_parked(who_, acked->seq, seqs);
    if (done) parked_seen_ = count;
    co_return done;
}

asio::awaitable<event> replicator::driver::carry_out(const apply_batch& a) {
    {
        const std::lock_guard lock(mutex_);
        ++status_.attempts;
        last_attempt_ = clock::now();
    }
    if (auto done = co_await session_.apply(who_, a.from, batch_); !done) {
        co_return failure_of(done.error(), a.batch.transactions == 1 && batch_.size() == 1
                                               ? described(batch_.front())
                                               : std::string());
    }
    const std::lock_guard lock(mutex_);
    ++status_.batches;
    status_.rows += batch_.size();
    co_return applied{};
}

asio::awaitable<event> replicator::driver::carry_out(const park_transaction& a) {
    if (auto done = co_await session_.park(who_, a.from, batch_, a.why); !done) {
        co_return failure_of(done.error());
    }
    for (const auto& c : batch_) {
        spdlog::warn("parked: change {}, {}: {}", c.seq, described(c), a.why.message);
        unparked_.push_back({.seq = c.seq, .sqlstate = a.why.sqlstate, .message = a.why.message});
    }
    co_return applied{};
}

asio::awaitable<void> replicator::driver::store_mark(position p) {
    auto done = co_await park_locally(p.seq);
    if (done) done = co_await writer_.acknowledge(p);
    if (done) {
        fsm_.marked(p, now());
    } else {
        spdlog::warn("the outbox's mark could not be stored: {}", done.error().message);
        fsm_.mark_failed(now());
    }
    marking_ = false;
    publish();
    signal_.cancel();
}

// What the backend has set aside up to a change, in the file's words too, before the mark says
// that it is dealt with.
asio::awaitable<result<void>> replicator::driver::park_locally(std::int64_t up_to) {
    while (!unparked_.empty() && unparked_.front().seq <= up_to) {
        const auto first = unparked_.front();
        std::vector<std::int64_t> seqs;
        for (const auto& u : unparked_) {
            if (u.seq <= up_to && u.message == first.message) seqs.push_back(u.seq);
        }
        auto done = co_await writer_.park(seqs, first.sqlstate, first.message);
        if (!done) co_return done;
        std::erase_if(unparked_, [&](const parked_there& u) {
            return std::ranges::find(seqs, u.seq) != seqs.end();
        });
    }
    co_return result<void>();
}

failure replicator::driver::failure_of(const sql_error& raised, std::string what) const {
    const auto e = in_plain_words(raised);
    failure f;
    f.kind = classify(e.sqlstate, e.message);
    f.sqlstate = e.sqlstate;
    f.message = (what.empty() ? "" : what + ": ") + e.sqlstate + " " + e.message;
    if (!e.detail.empty()) f.message += " (" + e.detail + ")";
    if (!e.hint.empty()) f.message += ". " + e.hint;
    f.connected = session_.is_open();
    return f;
}

void replicator::driver::publish() {
    writer_.progress().applied(fsm_.confirmed().seq);
    const std::lock_guard lock(mutex_);
    const auto before = status_;
    status_.state = fsm_.state();
    const bool told =
        status_.state == replicator_state::halted || status_.state == replicator_state::offline;
    status_.reason = told ? fsm_.reason() : std::string();
    status_.applied_seq = fsm_.confirmed().seq;
    status_.refused = refused_ && status_.state == replicator_state::offline;
    log(before, status_);
}

void replicator::driver::log(const replicator_status& before, const replicator_status& s) const {
    const bool other_halt = s.state == replicator_state::halted && s.reason != before.reason;
    if (s.state == before.state && !other_halt && s.refused == before.refused) return;
    const auto level = s.state == replicator_state::halted    ? spdlog::level::err
                       : s.state == replicator_state::offline ? spdlog::level::warn
                                                              : spdlog::level::info;
    spdlog::log(level, "backend {}: {}{}{}", s.backend, to_string(s.state),
                s.reason.empty() ? "" : ": ", s.reason);
}

replicator_status replicator::driver::status() const {
    const std::lock_guard lock(mutex_);
    auto out = status_;
    if (writer_.progress().head_seq() > out.applied_seq) {
        out.seconds_without_attempt =
            std::chrono::duration_cast<std::chrono::seconds>(clock::now() - last_attempt_).count();
    }
    return out;
}

}  // namespace historyd::replicator
