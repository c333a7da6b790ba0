#include "storage/replicator/backend_session.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "storage/base/quoted.hpp"
#include "storage/replicator/change_text.hpp"

namespace historyd::replicator {

namespace {

using outbox::change;
using outbox::change_op;
using postgres::parameter;
using postgres::plain;
using postgres::query;
using postgres::rows;

bool is_row(const change& c) { return c.op != change_op::ddl && c.op != change_op::truncate; }

// The lock keeps two nodes that come for the first time apart; it ends with the transaction.
const std::vector<query>& schema_definition() {
    static const std::vector<query> definition = {
        plain("BEGIN"),
        plain("SELECT pg_advisory_xact_lock(7310310118468961)"),
        plain("CREATE SCHEMA IF NOT EXISTS historyd"),
        plain("CREATE TABLE IF NOT EXISTS historyd.meta (one boolean PRIMARY KEY DEFAULT true "
              "CHECK (one), backend_uuid uuid NOT NULL)"),
        plain("CREATE TABLE IF NOT EXISTS historyd.replica (node_id text PRIMARY KEY, "
              "incarnation text NOT NULL, claim bigint NOT NULL, applied_seq bigint NOT NULL, "
              "applied_hash text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now())"),
        plain("CREATE TABLE IF NOT EXISTS historyd.dead (node_id text NOT NULL, "
              "seq bigint NOT NULL, sqlstate text NOT NULL, message text NOT NULL, "
              "\"row\" text NOT NULL, parked_at timestamptz NOT NULL DEFAULT now(), "
              "PRIMARY KEY (node_id, seq))"),
        plain("INSERT INTO historyd.meta (backend_uuid) VALUES (gen_random_uuid()) "
              "ON CONFLICT DO NOTHING"),
        plain("COMMIT")};
    return definition;
}

constexpr std::string_view exclusion_violation = "23P01";

// Rows that were to be new may be there already.
bool tells_of_duplicates(const sql_error& e) {
    return e.sqlstate == sqlstate::unique_violation || e.sqlstate == exclusion_violation ||
           e.message.find(differs_marker) != std::string::npos;
}

position position_of(const rows& r, int column) {
    return {.seq = r.number(0, column), .hash = hash_of(r.text(0, column + 1))};
}

}  // namespace

backend_session::backend_session(asio::any_io_executor executor, const postgres::target& target,
                                 session_timeouts timeouts)
    : connection_(std::move(executor)), target_(target), timeouts_(timeouts) {}

void backend_session::close() {
    connection_.close();
    tables_.clear();
}

asio::awaitable<backend_session::rows_result> backend_session::run(std::span<const query> queries) {
    co_return co_await connection_.run(queries, timeouts_.silence);
}

// Leaves no transaction open, whatever happened.
asio::awaitable<result<void>> backend_session::settle(rows_result done) {
    if (done) co_return result<void>();
    tables_.clear();  // the error may be about what was known of them
    if (connection_.in_transaction()) (void)co_await connection_.rollback(timeouts_.silence);
    co_return done.error();
}

asio::awaitable<result<void>> backend_session::connect() {
    if (connection_.is_open()) co_return result<void>();
    close();
    if (auto opened = co_await connection_.open(target_, timeouts_.connect); !opened) {
        co_return opened.error();
    }
    if (schema_known_) co_return result<void>();
    co_return co_await create_schema();
}

asio::awaitable<result<void>> backend_session::create_schema() {
    const auto asked = plain(
        "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'historyd' AND tablename IN "
        "('meta', 'replica', 'dead')");
    auto there = co_await run({&asked, 1});
    if (!there) co_return co_await settle(std::move(there));
    if (there->at(0).number(0, 0) != 3) {
        auto made = co_await settle(co_await run(schema_definition()));
        if (!made) co_return made;
    }
    schema_known_ = true;
    co_return result<void>();
}

asio::awaitable<result<backend_view>> backend_session::look(const outbox::identity& who,
                                                            std::int64_t acked_seq) {
    duplicates_ = duplicate_rule::raise;
    if (auto connected = co_await connect(); !connected) co_return connected.error();
    // Gives up before we do, so that no session stays behind waiting for the lock.
    const auto lock_timeout = std::to_string(timeouts_.silence.count() * 4 / 5);
    const std::vector<query> queries = {
        plain("BEGIN"),
        {.sql = "SELECT set_config('lock_timeout', $1, true)",
         .parameters = {parameter::text(lock_timeout)}},
        plain("SELECT backend_uuid FROM historyd.meta"),
        {.sql = "SELECT incarnation, claim, applied_seq, applied_hash FROM historyd.replica "
                "WHERE node_id = $1 FOR UPDATE",
         .parameters = {parameter::text(who.node_id)}},
        {.sql = "SELECT applied_seq, applied_hash FROM historyd.replica WHERE node_id = $1",
         .parameters = {parameter::text(who.copied_from)}},
        {.sql = "SELECT seq, sqlstate, message FROM historyd.dead WHERE node_id = $1 AND seq > $2 "
                "ORDER BY seq",
         .parameters = {parameter::text(who.node_id), parameter::number(acked_seq)}},
        plain("COMMIT")};
    auto done = co_await run(queries);
    if (!done && done.error().sqlstate == sqlstate::undefined_table) {
        // Restored to before it had the schema.
        (void)co_await settle(std::move(done));
        if (auto made = co_await create_schema(); !made) co_return made.error();
        done = co_await run(queries);
    }
    const bool is_locked = !done && done.error().sqlstate == sqlstate::lock_not_available;
    if (!done) {
        auto failed = co_await settle(std::move(done));
        if (is_locked && connection_.is_open()) co_await end_left_behind(who);
        co_return failed.error();
    }
    const auto &meta = done->at(2), &replica = done->at(3), &origin = done->at(4),
               &dead = done->at(5);
    if (meta.size() != 1) {
        schema_known_ = false;
        co_return sql_error(sqlstate::undefined_table, "historyd.meta on the backend is empty");
    }
    backend_view v;
    v.uuid = meta.text(0, 0);
    if ((v.enrolled = replica.size() == 1)) {
        v.incarnation = replica.text(0, 0);
        v.claim = replica.number(0, 1);
        v.applied = position_of(replica, 2);
    }
    if (origin.size() == 1) v.origin = position_of(origin, 0);
    for (std::size_t i = 0; i < dead.size(); ++i) {
        v.parked.push_back({.seq = dead.number(i, 0),
                            .sqlstate = std::string(dead.text(i, 1)),
                            .message = std::string(dead.text(i, 2))});
    }
    co_return v;
}

// A server that never learned that its client is gone waits for the rest of a batch for ever. Only
// sessions of this node's lock its watermark: what has it for so long is an earlier one of ours.
asio::awaitable<void> backend_session::end_left_behind(const outbox::identity& who) {
    const query q{
        .sql =
            "SELECT count(pg_catalog.pg_terminate_backend(l.pid)) FROM historyd.replica r "
            "JOIN pg_catalog.pg_locks l ON l.locktype = 'transactionid' AND l.granted AND "
            "l.transactionid = r.xmax WHERE r.node_id = $1",
        .parameters = {parameter::text(who.node_id)}};
    auto ended = co_await run({&q, 1});
    if (!ended) {
        spdlog::warn("a transaction that was left behind on the backend cannot be ended: {}",
                     ended.error().message);
    } else if (ended->at(0).number(0, 0) > 0) {
        spdlog::warn("ended a transaction that an earlier connection left behind on the backend");
    }
}

asio::awaitable<result<void>> backend_session::claim(const outbox::identity& who,
                                                     const claim_watermark& what) {
    std::vector<parameter> parameters = {
        parameter::text(who.node_id), parameter::text(who.incarnation),
        parameter::number(what.claim), parameter::number(what.at.seq),
        parameter::text(hash_text(what.at.hash))};
    query q{.sql =
                "INSERT INTO historyd.replica (node_id, incarnation, claim, applied_seq, "
                "applied_hash) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1",
            .parameters = std::move(parameters)};
    if (!what.insert) {
        q.sql =
            "UPDATE historyd.replica SET incarnation = $2, claim = $3, updated_at = now() "
            "WHERE node_id = $1 AND applied_seq = $4 AND applied_hash = $5 AND incarnation = $6 "
            "RETURNING 1";
        q.parameters.push_back(parameter::text(what.from_incarnation));
    }
    auto done = co_await run({&q, 1});
    if (done && done->at(0).size() != 1) {
        co_return sql_error(sqlstate::serialization_failure, std::string(moved_marker));
    }
    co_return co_await settle(std::move(done));
}

// What is not known yet of the tables of row changes.
asio::awaitable<result<void>> backend_session::learn_tables(std::span<const change> changes) {
    std::vector<query> queries;
    std::vector<const change*> asked;
    for (const auto& c : changes) {
        if (!is_row(c) || !tables_.try_emplace(c.table).second) continue;
        queries.push_back(describe_table(c.schema_name, c.table_name));
        asked.push_back(&c);
    }
    if (queries.empty()) co_return result<void>();
    auto described = co_await run(queries);
    if (!described) {
        tables_.clear();
        co_return described.error();
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto& c = *asked[i];
        tables_[c.table] = table_of(c.schema_name, c.table_name, described->at(i));
        if (!tables_[c.table].columns.empty()) continue;
        tables_.erase(c.table);
        co_return sql_error(sqlstate::undefined_table,
                            "table " + c.table + " is in the SQLite file and not on the backend " +
                                target_.shown());
    }
    co_return result<void>();
}

// mem0 reads history by memory_id and has no index for it. Without the right to make one, without.
asio::awaitable<void> backend_session::add_index(const remote_table& t) {
    const auto q =
        plain("CREATE INDEX IF NOT EXISTS " + quote_name("historyd_" + t.name + "_memory_id") +
              " ON " + t.sql_name() + " (memory_id)");
    if (auto made = co_await run({&q, 1}); !made) {
        spdlog::warn("no index on memory_id of {} on the backend: {}", t.sql_name(),
                     made.error().message);
    }
}

asio::awaitable<result<void>> backend_session::apply(const outbox::identity& who,
                                                     const position& from,
                                                     std::span<const change> changes) {
    const auto& last = changes.back();
    const std::vector<query> opening = {
        plain("BEGIN"),
        move_watermark(who.node_id, who.incarnation, from, {.seq = last.seq, .hash = last.hash})};
    if (!std::ranges::all_of(changes, is_row)) {
        auto begun = co_await settle(co_await run(opening));
        if (!begun) co_return begun;
        auto applied = co_await apply_in_steps(changes);
        rows_result ended;
        if (applied) {
            const auto commit = plain("COMMIT");
            ended = co_await run({&commit, 1});
        } else {
            ended = applied.error();
        }
        tables_.clear();
        co_return co_await settle(std::move(ended));
    }
    auto done = co_await apply_rows(opening, changes);
    if (!done && duplicates_ == duplicate_rule::raise && tells_of_duplicates(done.error())) {
        duplicates_ = duplicate_rule::compare;
        done = co_await apply_rows(opening, changes);
    }
    co_return done;
}

asio::awaitable<result<void>> backend_session::apply_rows(std::span<const query> opening,
                                                          std::span<const change> changes) {
    if (auto known = co_await learn_tables(changes); !known) co_return known;
    for (auto& [name, t] : tables_) {
        if (std::exchange(t.wants_memory_index, false)) co_await add_index(t);
    }
    std::vector<const change*> pointers;
    for (const auto& c : changes) pointers.push_back(&c);
    auto groups = group_rows(pointers, tables_);
    if (!groups) {
        tables_.clear();
        co_return groups.error();
    }
    if (auto sent = send_rows(opening, *groups); !sent) co_return co_await settle(sent.error());
    co_return co_await settle(co_await connection_.answers(timeouts_.silence));
}

// Each statement leaves while the next is made.
result<void> backend_session::send_rows(std::span<const query> opening,
                                        std::span<const row_group> groups) {
    for (const auto& q : opening) {
        if (auto sent = connection_.send(q); !sent) return sent;
    }
    if (have_keys_to_defer(groups)) {
        if (auto sent = connection_.send(plain(check_at_commit)); !sent) return sent;
    }
    for (const auto& g : groups) {
        for (const auto& q : statements_of(g, duplicates_)) {
            if (auto sent = connection_.send(q); !sent) return sent;
        }
    }
    return connection_.send(plain("COMMIT"));
}

// A transaction with schema changes: what a row statement looks like depends on those before it.
asio::awaitable<result<void>> backend_session::apply_in_steps(std::span<const change> changes) {
    while (!changes.empty()) {
        if (!is_row(changes.front())) {
            if (auto done = co_await change_schema(changes.front()); !done) co_return done;
            changes = changes.subspan(1);
            continue;
        }
        const auto count =
            static_cast<std::size_t>(std::ranges::find_if_not(changes, is_row) - changes.begin());
        if (auto known = co_await learn_tables(changes.first(count)); !known) co_return known;
        std::vector<const change*> pointers;
        for (const auto& c : changes.first(count)) pointers.push_back(&c);
        auto groups = group_rows(pointers, tables_);
        if (!groups) co_return groups.error();
        std::vector<query> queries;
        if (have_keys_to_defer(*groups)) queries.push_back(plain(check_at_commit));
        for (const auto& g : *groups) {
            std::ranges::move(statements_of(g, duplicate_rule::compare),
                              std::back_inserter(queries));
        }
        if (auto done = co_await run(queries); !done) co_return done.error();
        changes = changes.subspan(count);
    }
    co_return result<void>();
}

// A change that is done there already is none; a table that is there has to have the columns.
asio::awaitable<result<void>> backend_session::change_schema(const change& c) {
    tables_.clear();
    const query look_up_in{.sql = "SELECT set_config('search_path', $1, true)",
                           .parameters = {parameter::text(c.search_path)}};
    std::vector<query> queries = {plain("SAVEPOINT historyd")};
    const bool is_new = c.sql.starts_with("CREATE") || c.sql.starts_with("COMMENT");
    if (!is_new) queries.push_back(plain(check_now));
    queries.push_back(look_up_in);
    for (const auto& [name, v] : c.settings) {
        queries.push_back(
            {.sql = "SELECT set_config($1, $2, true)",
             .parameters = {parameter::text(name), parameter::text(value_text(v).value_or(""))}});
    }
    queries.insert(queries.end(), {plain(c.sql), read_rows(), plain(check_at_commit),
                                   plain("RELEASE SAVEPOINT historyd")});
    auto done = co_await run(queries);
    const auto facts = facts_of(c.sql);
    if (!done) {
        // A role that may only change rows has its tables made by another.
        const bool denied = done.error().sqlstate == sqlstate::insufficient_privilege &&
                            (facts.is_index || !facts.columns.empty());
        if (c.op != change_op::ddl || !connection_.is_open() ||
            (!denied && !is_done_already(facts, done.error().sqlstate))) {
            co_return done.error();
        }
        const std::vector<query> undo = {plain("ROLLBACK TO SAVEPOINT historyd"), look_up_in};
        if (auto undone = co_await run(undo); !undone) co_return undone.error();
        if (denied && facts.is_index) {
            spdlog::warn("no index on the backend: {}: {}", c.sql, done.error().message);
        }
    }
    if (facts.columns.empty()) co_return result<void>();
    auto checked = co_await check_table(facts);
    const bool missing = !checked && checked.error().sqlstate == sqlstate::undefined_table;
    if (missing && !done) co_return done.error();
    co_return checked;
}

// CREATE TABLE IF NOT EXISTS says nothing of what is there.
asio::awaitable<result<void>> backend_session::check_table(const ddl_facts& facts) {
    const auto look = describe_table(facts.schema_name, facts.table_name);
    auto described = co_await run({&look, 1});
    if (!described) co_return described.error();
    const auto there = table_of(facts.schema_name, facts.table_name, described->at(0));
    if (there.columns.empty()) {
        co_return sql_error(sqlstate::undefined_table, there.sql_name() + " is not on the backend");
    }
    for (const auto& column : facts.columns) {
        if (there.find(column) == nullptr) {
            co_return sql_error(sqlstate::undefined_column,
                                "column " + quote_name(column) + " of " + there.sql_name() +
                                    " is in the SQLite file and not on the backend " +
                                    target_.shown());
        }
    }
    co_return result<void>();
}

asio::awaitable<result<void>> backend_session::park(const outbox::identity& who,
                                                    const position& from,
                                                    std::span<const change> changes,
                                                    const failure& why) {
    const auto& last = changes.back();
    std::vector<query> queries = {
        plain("BEGIN"),
        move_watermark(who.node_id, who.incarnation, from, {.seq = last.seq, .hash = last.hash})};
    for (const auto& c : changes) {
        queries.push_back(
            {.sql = "INSERT INTO historyd.dead (node_id, seq, sqlstate, message, \"row\") VALUES "
                    "($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
             .parameters = {parameter::text(who.node_id), parameter::number(c.seq),
                            parameter::text(why.sqlstate), parameter::text(why.message),
                            parameter::text(json_of(c))}});
    }
    queries.push_back(plain("COMMIT"));
    co_return co_await settle(co_await run(queries));
}

asio::awaitable<result<void>> backend_session::forget_parked(const outbox::identity& who,
                                                             std::int64_t acked_seq,
                                                             std::span<const std::int64_t> parked) {
    std::vector<std::optional<std::string>> kept;
    for (const auto seq : parked) kept.emplace_back(std::to_string(seq));
    const query q{.sql =
                      "DELETE FROM historyd.dead WHERE node_id = $1 AND seq <= $2 AND seq <> "
                      "ALL ($3::text[]::bigint[])",
                  .parameters = {parameter::text(who.node_id), parameter::number(acked_seq),
                                 parameter::text_array(kept)}};
    co_return co_await settle(co_await run({&q, 1}));
}

}  // namespace historyd::replicator
