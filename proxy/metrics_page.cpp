#include "proxy/metrics_page.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <array>

#include "proxy/process_figures.hpp"

namespace historyd {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double us_per_s = 1e6;

class page {
public:
    using labels = std::vector<ClientMetric::Label>;

    // Starts a family; the values that follow are its.
    page& counter(std::string_view name, std::string_view help) {
        return family(name, help, MetricType::Counter);
    }
    page& gauge(std::string_view name, std::string_view help) {
        return family(name, help, MetricType::Gauge);
    }
    page& histogram(std::string_view name, std::string_view help) {
        return family(name, help, MetricType::Histogram);
    }

    template <class Number>
    page& value(Number v, labels of = {}) {
        auto& m = add(std::move(of));
        if (families_.back().type == MetricType::Counter) {
            m.counter.value = static_cast<double>(v);
        } else {
            m.gauge.value = static_cast<double>(v);
        }
        return *this;
    }
    // `unit`: what one of the histogram's is in the page's.
    page& value(const metrics::histogram::snapshot& h, double unit, labels of = {}) {
        auto& m = add(std::move(of)).histogram;
        m.sample_count = h.count;
        m.sample_sum = static_cast<double>(h.sum) * unit;
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < h.bounds.size(); ++i) {
            seen += h.counts[i];
            m.bucket.push_back({seen, static_cast<double>(h.bounds[i]) * unit});
        }
        m.bucket.push_back({h.count, std::numeric_limits<double>::infinity()});
        return *this;
    }

    std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    page& family(std::string_view name, std::string_view help, MetricType type) {
        families_.push_back({std::string(name), std::string(help), type, {}});
        return *this;
    }
    ClientMetric& add(labels of) {
        auto& m = families_.back().metric.emplace_back();
        m.label = std::move(of);
        return m;
    }

    std::vector<MetricFamily> families_;
};

void add_sessions(page& p, const daemon_view& view) {
    p.gauge("historyd_sessions", "Sessions now, by state.");
    std::array<std::size_t, 4> by_state{};
    for (const auto& s : view.sessions.all()) ++by_state[static_cast<std::size_t>(s.state)];
    constexpr std::array<const char*, 4> names = {"active", "idle", "idle_in_transaction",
                                                  "failed_transaction"};
    for (std::size_t i = 0; i < names.size(); ++i) p.value(by_state[i], {{"state", names[i]}});
    p.gauge("historyd_sessions_max", "limits.sessions_max.")
        .value(view.configuration().values.limits.sessions_max);
}

void add_statements(page& p, const daemon_view& view) {
    const auto& names = session::statement_kind_names;
    std::array<metrics::histogram::snapshot, names.size()> durations;
    for (std::size_t i = 0; i < names.size(); ++i) {
        durations[i] = view.statements.durations(static_cast<session::statement_kind>(i)).read();
    }
    p.counter("historyd_statements_total", "Statements by kind and SQLSTATE; 00000 is success.");
    for (std::size_t i = 0; i < names.size(); ++i) {
        p.value(durations[i].count, {{"kind", std::string(names[i])}, {"sqlstate", "00000"}});
    }
    for (const auto& [key, count] : view.statements.errors()) {
        const auto kind = names[static_cast<std::size_t>(key.first)];
        p.value(count, {{"kind", std::string(kind)}, {"sqlstate", key.second}});
    }
    p.histogram("historyd_statement_duration_seconds",
                "From the execution of a statement to its answer, successful ones.");
    for (std::size_t i = 0; i < names.size(); ++i) {
        p.value(durations[i], 1 / us_per_s, {{"kind", std::string(names[i])}});
    }
    p.counter("historyd_slow_statements_total", "Statements over log.min_duration_ms.")
        .value(view.statements.slow());
    p.counter("historyd_log_lines_left_out_total", "Lines beyond log.client_lines_max.");
    for (std::size_t i = 0; i < client_log::kind_names.size(); ++i) {
        p.value(view.lines.left_out(static_cast<client_log::kind>(i)),
                {{"kind", std::string(client_log::kind_names[i])}});
    }
}

void add_rest(page& p, const daemon_view& view) {
    if (view.rest == nullptr) return;
    p.gauge("historyd_rest_connections", "HTTP connections of PostgREST's interface.")
        .value(view.rest_connections());
    p.counter("historyd_rest_requests_total", "Its requests by the status of the answer.");
    for (const auto& [status, count] : view.rest->by_status()) {
        p.value(count, {{"status", std::to_string(status)}});
    }
    p.histogram("historyd_rest_request_duration_seconds", "From a request to its answer.")
        .value(view.rest->durations().read(), 1 / us_per_s);
}

// One database's engine, with the label that tells it from others; none when it is the only one.
struct served {
    engine* e;
    page::labels labels;
    std::string file;
    const replicator::replicator* forwards;  // null: no backend
};

std::vector<served> all_served(const daemon_view& view) {
    const auto c = view.configuration().values;
    std::vector<served> out;
    for (const auto& [name, e] : view.files.all()) {
        served s{.e = e.get(), .labels = {}, .file = c.storage, .forwards = view.backends.of(name)};
        if (!name.empty()) s.labels.push_back({"database", name});
        for (const auto& d : c.databases) {
            if (d.name == name) s.file = d.path;
        }
        out.push_back(std::move(s));
    }
    return out;
}

// A family with a value for every database.
template <class F>
void each(page& p, const std::vector<served>& all, const F& value_of) {
    for (const auto& s : all) p.value(value_of(s), s.labels);
}
template <class F>
void each(page& p, const std::vector<served>& all, double unit, const F& histogram_of) {
    for (const auto& s : all) p.value(histogram_of(s), unit, s.labels);
}

void add_writer(page& p, const std::vector<served>& all) {
    constexpr auto stats = [](const served& s) { return s.e->writes().stats(); };
    constexpr auto figures = [](const served& s) -> const writer::writer_metrics& {
        return s.e->writes().metrics();
    };
    p.gauge("historyd_writer_stopped", "1 when a failed sync stopped writes until restart.");
    each(p, all, [&](const served& s) { return stats(s).stopped ? 1 : 0; });
    p.counter("historyd_commits_total", "COMMITs of the writer.");
    each(p, all, [&](const served& s) { return stats(s).commits; });
    p.counter("historyd_committed_transactions_total", "Client transactions in group commits.");
    each(p, all, [&](const served& s) { return stats(s).units; });
    p.counter("historyd_writes_refused_total", "Writes for which the queue had no room (53300).");
    each(p, all, [&](const served& s) { return figures(s).refused.get(); });
    p.gauge("historyd_writer_queue_depth", "Transactions waiting for the writer.");
    each(p, all, [&](const served& s) { return stats(s).queue_depth; });
    p.histogram("historyd_writer_queue_wait_seconds", "Time in the writer's queue.");
    each(p, all, 1 / us_per_s, [&](const served& s) { return figures(s).queue_wait.read(); });
    p.histogram("historyd_batch_transactions", "Client transactions that shared a COMMIT.");
    each(p, all, 1, [&](const served& s) { return figures(s).batch_units.read(); });
    p.histogram("historyd_commit_duration_seconds", "COMMIT, its sync included.");
    each(p, all, 1 / us_per_s, [&](const served& s) { return figures(s).commit.read(); });
    p.histogram("historyd_checkpoint_duration_seconds", "Copying the WAL into the database file.");
    each(p, all, 1 / us_per_s, [&](const served& s) { return figures(s).checkpoint.read(); });
    p.gauge("historyd_wal_bytes", "Size of the write-ahead log's file.");
    each(p, all, [](const served& s) { return file_bytes(s.file + "-wal"); });
    p.gauge("historyd_database_bytes", "Size of the database file.");
    each(p, all, [](const served& s) { return file_bytes(s.file); });
    p.gauge("historyd_disk_free_bytes", "Room on the database's disk.");
    each(p, all, [](const served& s) { return free_bytes(s.file); });
}

void add_readers(page& p, const std::vector<served>& all) {
    p.gauge("historyd_reader_queue_depth", "Reads waiting for a thread.");
    each(p, all, [](const served& s) { return s.e->readers().stats().waiting; });
    p.histogram("historyd_reader_queue_wait_seconds", "Time in the readers' queue.");
    each(p, all, 1 / us_per_s, [](const served& s) { return s.e->readers().stats().queue_wait; });
    p.gauge("historyd_reader_held_connections", "Open cursors and snapshots.");
    each(p, all, [](const served& s) { return s.e->readers().stats().held; });
    p.counter("historyd_plan_cache_hits_total", "Statements found translated.");
    each(p, all, [](const served& s) { return s.e->plans().stats().hits; });
    p.counter("historyd_plan_cache_misses_total", "Statements translated anew.");
    each(p, all, [](const served& s) { return s.e->plans().stats().misses; });
    p.gauge("historyd_plan_cache_entries", "Entries of the plan cache.");
    each(p, all, [](const served& s) { return s.e->plans().stats().entries; });
}

struct forwarded {
    replicator::replicator_status backend;
    outbox::depth depth;
    page::labels labels;
};

void add_backend(page& p, const std::vector<served>& all) {
    std::vector<forwarded> files;
    for (const auto& s : all) {
        if (s.forwards == nullptr) continue;
        files.push_back({s.forwards->status(), s.e->writes().progress().depth(), s.labels});
    }
    if (files.empty()) return;
    using state = replicator::replicator_state;
    const auto each = [&](auto value_of) {
        for (const auto& f : files) p.value(value_of(f), f.labels);
    };
    p.gauge("historyd_backend_state", "1 for the state the replicator is in.");
    for (const auto s :
         {state::offline, state::probing, state::draining, state::online, state::halted}) {
        for (const auto& f : files) {
            auto labels = f.labels;
            labels.push_back({"state", std::string(to_string(s))});
            p.value(f.backend.state == s ? 1 : 0, std::move(labels));
        }
    }
    p.gauge("historyd_outbox_rows", "Changes the backend does not have yet.");
    each([](const forwarded& f) { return f.depth.rows; });
    p.gauge("historyd_outbox_bytes", "Bytes of these.");
    each([](const forwarded& f) { return f.depth.bytes; });
    const auto now_us = absl::ToUnixMicros(absl::Now());
    p.gauge("historyd_outbox_age_seconds", "Age of the oldest of these.");
    each([&](const forwarded& f) {
        const auto since = f.depth.oldest_us == 0 ? now_us : f.depth.oldest_us;
        return static_cast<double>(std::max<std::int64_t>(0, now_us - since)) / us_per_s;
    });
    p.gauge("historyd_outbox_parked_rows", "Changes set aside because the backend refused them.");
    each([](const forwarded& f) { return f.depth.parked; });
    p.gauge("historyd_outbox_head_seq", "Number of the newest change.");
    each([](const forwarded& f) { return f.depth.head_seq; });
    p.gauge("historyd_outbox_applied_seq", "Number the backend has come to.");
    each([](const forwarded& f) { return f.backend.applied_seq; });
    p.counter("historyd_backend_attempts_total", "Attempts to connect or forward.");
    each([](const forwarded& f) { return f.backend.attempts; });
    p.counter("historyd_backend_failures_total", "Attempts that failed.");
    each([](const forwarded& f) { return f.backend.failures; });
    p.counter("historyd_backend_batches_total", "Batches the backend took.");
    each([](const forwarded& f) { return f.backend.batches; });
    p.counter("historyd_backend_rows_total", "Changes the backend took.");
    each([](const forwarded& f) { return f.backend.rows; });
    p.gauge("historyd_backend_seconds_without_attempt",
            "Time since the last attempt while something waits: a stalled replicator.");
    each([](const forwarded& f) { return f.backend.seconds_without_attempt; });
}

void add_process(page& p, const daemon_view& view) {
    const auto now = read_process_figures();
    p.counter("process_cpu_seconds_total", "Processor time used.").value(now.cpu_seconds);
    p.gauge("process_resident_memory_bytes", "Resident memory.").value(now.resident_bytes);
    p.gauge("process_virtual_memory_bytes", "Virtual memory.").value(now.virtual_bytes);
    p.gauge("process_open_fds", "Open file descriptors.").value(now.open_fds);
    p.gauge("process_max_fds", "Limit of file descriptors.").value(now.max_fds);
    p.gauge("process_threads", "Threads.").value(now.threads);
    p.gauge("process_start_time_seconds", "Start, as Unix time.")
        .value(static_cast<double>(view.started_us) / us_per_s);
    p.gauge("historyd_build_info", "1, with the version.")
        .value(1, {{"version", HISTORYD_VERSION}});
}

}  // namespace

std::string metrics_page(const daemon_view& view) {
    page p;
    add_sessions(p, view);
    add_statements(p, view);
    add_rest(p, view);
    const auto all = all_served(view);
    add_writer(p, all);
    add_readers(p, all);
    p.histogram("historyd_sync_duration_seconds", "fsync of the WAL and the database file.")
        .value(view.syncs.read(), 1 / us_per_s);
    add_backend(p, all);
    add_process(p, view);
    return p.text();
}

}  // namespace historyd
