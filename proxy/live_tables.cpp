#include "proxy/live_tables.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/system_executor.hpp>

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "conf/config_keys.hpp"
#include "storage/outbox/outbox_reader.hpp"
#include "storage/replicator/change_text.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd {

namespace asio = boost::asio;

namespace {

using session::activity_state;
using session::activity_view;

constexpr std::int64_t database_oid = 5, user_oid = 10;
constexpr std::string_view hidden_query = "<insufficient privilege>";

std::string_view state_text(activity_state s) {
    switch (s) {
        case activity_state::active:
            return "active";
        case activity_state::idle:
            return "idle";
        case activity_state::idle_in_transaction:
            return "idle in transaction";
        case activity_state::failed_transaction:
            break;
    }
    return "idle in transaction (aborted)";
}

// The storage form of a timestamptz; NULL for 0.
value timestamp(std::int64_t us) {
    if (us == 0) return {};
    return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00:00", absl::FromUnixMicros(us),
                            absl::UTCTimeZone());
}

std::int64_t now_us() { return absl::ToUnixMicros(absl::Now()); }

template <class T>
value number(T n) {
    return value(std::to_string(n));
}

// Thousandths as a decimal number: microseconds as milliseconds.
value thousandths(std::uint64_t n) { return value(fmt::format("{}.{:03}", n / 1000, n % 1000)); }

struct shown_table {
    std::string_view name;
    std::vector<std::string> columns;
};

const std::vector<shown_table>& shown_tables() {
    static const std::vector<shown_table> tables = {
        {"stats", {"name", "value"}},
        {"sessions",
         {"pid", "user", "database", "application", "address", "state", "seconds", "statements",
          "query"}},
        {"pools", {"pool", "threads", "waiting", "waiting_max", "held", "held_max"}},
        {"outbox", {"name", "value"}},
        {"parked", {"seq", "change", "sqlstate", "reason"}},
        {"config", {"name", "value", "origin"}},
        {"version", {"component", "version"}},
    };
    return tables;
}

}  // namespace

std::optional<std::vector<std::string>> live_tables::shown_columns(std::string_view name) const {
    const auto& tables = shown_tables();
    const auto found = std::ranges::find(tables, name, &shown_table::name);
    if (found == tables.end()) return std::nullopt;
    return found->columns;
}

std::vector<std::vector<value>> live_tables::rows(std::string_view table,
                                                  const sqlite::statement_context& viewer) const {
    if (table == "pg_stat_activity") return activity(viewer);
    if (table == "sessions") return sessions(viewer);
    if (table == "stats") return stats(view_.files.of(viewer.database));
    if (table == "pools") return pools(view_.files.of(viewer.database));
    if (table == "outbox") return outbox(viewer.database);
    if (table == "parked") return parked(viewer);
    if (table == "config") return config();
    table_rows out;
    if (table == "version") {
        for (auto& [component, version] : versions()) out.push_back({component, version});
    }
    return out;
}

bool live_tables::may_see(const activity_view& s, const sqlite::statement_context& viewer) const {
    return s.user == viewer.user || is_operator(viewer.user);
}

bool live_tables::is_operator(std::string_view user) const {
    const auto operators = view_.configuration().values.operators;
    return std::ranges::find(operators, user) != operators.end();
}

result<bool> live_tables::signal_backend(std::int32_t process_id, act what,
                                         const sqlite::statement_context& who) {
    const auto found = view_.sessions.find(process_id);
    if (!found) return false;
    const std::string_view verb = what == act::cancel ? "cancel query" : "terminate process";
    if (!may_see(*found, who)) {
        return sql_error(sqlstate::insufficient_privilege,
                         "permission denied to " + std::string(verb))
            .with_detail("Only its own user and operators may do this.")
            .with_hint("Name the user in the configuration key \"operators\".");
    }
    spdlog::info("{}: {} by [{}] {}@{}", session::log_name(*found),
                 what == act::cancel ? "cancelled" : "terminated", who.process_id, who.user,
                 who.database);
    return what == act::cancel ? view_.sessions.cancel(process_id)
                               : view_.sessions.terminate(process_id);
}

// The reader that asks does not wait for the writer: the statement may run on the writer itself, in
// a transaction that holds it.
result<bool> live_tables::change_parked(std::int64_t seq, parked_act what,
                                        const sqlite::statement_context& who) {
    const auto* file = view_.backends.file_of(who.database);
    if (file == nullptr) {
        return sql_error(sqlstate::object_not_in_prerequisite_state, "nothing is forwarded");
    }
    if (!is_operator(who.user)) {
        return sql_error(sqlstate::insufficient_privilege,
                         "permission denied to change what is parked")
            .with_hint("Name the user in the configuration key \"operators\".");
    }
    auto reader = outbox::outbox_reader::open(*file);
    if (!reader) return reader.error();
    const auto all = (*reader)->parked();
    if (!all) return all.error();
    if (std::ranges::none_of(*all, [&](const auto& p) { return p.change.seq == seq; })) {
        return sql_error(sqlstate::undefined_object,
                         "there is no parked change " + std::to_string(seq));
    }
    const bool again = what == parked_act::retry;
    spdlog::info("parked change {}: {} by [{}] {}@{}", seq, again ? "queued again" : "discarded",
                 who.process_id, who.user, who.database);
    auto& writes = view_.files.of(who.database).writes();
    auto work = again ? writes.retry_parked(seq) : writes.discard_parked(seq);
    asio::co_spawn(asio::system_executor(), std::move(work), asio::detached);
    return true;
}

// The contents of rows: for operators.
live_tables::table_rows live_tables::parked(const sqlite::statement_context& viewer) const {
    const auto* file = view_.backends.file_of(viewer.database);
    if (file == nullptr || !is_operator(viewer.user)) return {};
    auto reader = outbox::outbox_reader::open(*file);
    if (!reader) return {};
    const auto all = (*reader)->parked();
    if (!all) return {};
    table_rows out;
    for (const auto& p : *all) {
        out.push_back(
            {number(p.change.seq), replicator::described(p.change), p.sqlstate, p.message});
    }
    return out;
}

// In the order of pg_stat_activity's columns.
live_tables::table_rows live_tables::activity(const sqlite::statement_context& viewer) const {
    table_rows out;
    for (const auto& s : view_.sessions.all()) {
        const bool seen = may_see(s, viewer);
        const auto only = [seen](value v) { return seen ? std::move(v) : value(); };
        const bool remote = !s.client_address.empty();
        const bool waits = seen && s.state != activity_state::active;
        out.push_back({std::int64_t{database_oid},
                       s.database,
                       std::int64_t{s.process_id},
                       {},
                       std::int64_t{user_oid},
                       s.user,
                       s.application_name,
                       seen && remote ? value(s.client_address) : value(),
                       {},
                       only(std::int64_t{s.client_port}),
                       only(timestamp(s.started_us)),
                       only(timestamp(s.transaction_us)),
                       only(timestamp(s.query_us)),
                       only(timestamp(s.changed_us)),
                       waits ? value("Client") : value(),
                       waits ? value("ClientRead") : value(),
                       only(std::string(state_text(s.state))),
                       {},
                       {},
                       {},
                       seen ? s.query : std::string(hidden_query),
                       "client backend"});
    }
    return out;
}

live_tables::table_rows live_tables::sessions(const sqlite::statement_context& viewer) const {
    table_rows out;
    const auto now = now_us();
    for (const auto& s : view_.sessions.all()) {
        const auto where = s.client_address.empty()
                               ? std::string("socket")
                               : s.client_address + ":" + std::to_string(s.client_port);
        out.push_back({number(s.process_id), s.user, s.database, s.application_name, where,
                       std::string(state_text(s.state)),
                       thousandths(static_cast<std::uint64_t>(now - s.changed_us) / 1000),
                       number(s.statements),
                       may_see(s, viewer) ? s.query : std::string(hidden_query)});
    }
    return out;
}

live_tables::table_rows live_tables::stats(engine& e) const {
    const auto writer = e.writes().stats();
    const auto& figures = e.writes().metrics();
    const auto cache = e.plans().stats();
    std::uint64_t succeeded = 0, failed = 0;
    table_rows out;
    out.push_back({"uptime_seconds", number((now_us() - view_.started_us) / 1'000'000)});
    out.push_back({"sessions", number(view_.server.sessions())});
    for (std::size_t i = 0; i < session::statement_kind_names.size(); ++i) {
        const auto count =
            view_.statements.durations(static_cast<session::statement_kind>(i)).read().count;
        succeeded += count;
        out.push_back(
            {"statements_" + std::string(session::statement_kind_names[i]), number(count)});
    }
    for (const auto& [key, count] : view_.statements.errors()) failed += count;
    out.push_back({"statements", number(succeeded)});
    out.push_back({"errors", number(failed)});
    out.push_back({"slow_statements", number(view_.statements.slow())});
    if (view_.rest != nullptr) {
        std::uint64_t requests = 0;
        for (const auto& [status, count] : view_.rest->by_status()) requests += count;
        out.push_back({"rest_connections", number(view_.rest_connections())});
        out.push_back({"rest_requests", number(requests)});
    }
    out.push_back({"writer_state", writer.stopped ? "stopped" : "working"});
    out.push_back({"commits", number(writer.commits)});
    out.push_back({"committed_transactions", number(writer.units)});
    out.push_back({"last_batch", number(writer.last_batch_units)});
    out.push_back({"queue_wait_ms_p99", thousandths(figures.queue_wait.read().quantile(0.99))});
    out.push_back({"commit_ms_p50", thousandths(figures.commit.read().quantile(0.5))});
    out.push_back({"commit_ms_p99", thousandths(figures.commit.read().quantile(0.99))});
    out.push_back({"sync_ms_p99", thousandths(view_.syncs.read().quantile(0.99))});
    out.push_back({"wal_pages", number(figures.wal_pages.load())});
    out.push_back({"cache_hits", number(cache.hits)});
    out.push_back({"cache_misses", number(cache.misses)});
    return out;
}

live_tables::table_rows live_tables::pools(engine& e) const {
    const auto c = view_.configuration().values;
    const auto writer = e.writes().stats();
    const auto readers = e.readers().stats();
    return {{"writer", "1", number(writer.queue_depth), number(c.writer.queue_max), "0", "0"},
            {"reader", number(c.reader.threads), number(readers.waiting),
             number(c.reader.queue_max), number(readers.held), number(c.reader.connections_max)}};
}

live_tables::table_rows live_tables::outbox(std::string_view database) const {
    const auto* forwarded = view_.backends.of(database);
    if (forwarded == nullptr) return {{"mode", "embedded"}};
    const auto backend = forwarded->status();
    const auto depth = view_.files.of(database).writes().progress().depth();
    const auto age_us =
        depth.oldest_us == 0 ? 0 : std::max<std::int64_t>(0, now_us() - depth.oldest_us);
    return {{"mode", "forwarding"},
            {"backend", backend.backend},
            {"state", std::string(to_string(backend.state))},
            {"reason", backend.reason},
            {"last_error", backend.last_error},
            {"head_seq", number(depth.head_seq)},
            {"applied_seq", number(backend.applied_seq)},
            {"rows", number(depth.rows)},
            {"bytes", number(depth.bytes)},
            {"age_seconds", thousandths(static_cast<std::uint64_t>(age_us) / 1000)},
            {"parked", number(depth.parked)},
            {"seconds_without_attempt", number(backend.seconds_without_attempt)}};
}

live_tables::table_rows live_tables::config() const {
    const auto effective = view_.configuration();
    table_rows out;
    for (const auto& key : conf::keys()) {
        const auto at = effective.origins.find(key.name);
        out.push_back({std::string(key.name), conf::value_text(key, effective.values),
                       at == effective.origins.end() ? "default" : at->second});
    }
    return out;
}

}  // namespace historyd
