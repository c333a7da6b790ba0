#include "proxy/app.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/version.hpp>

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <openssl/crypto.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "conf/listen_address.hpp"
#include "conf/rest_key.hpp"
#include "proxy/daemon_view.hpp"
#include "proxy/databases.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/live_tables.hpp"
#include "proxy/log_setup.hpp"
#include "proxy/metrics_page.hpp"
#include "proxy/net/admin_http.hpp"
#include "proxy/net/http_server.hpp"
#include "proxy/net/server.hpp"
#include "proxy/rest/service.hpp"
#include "proxy/service_notifier.hpp"
#include "proxy/session/session_list.hpp"
#include "proxy/session/statement_log.hpp"
#include "proxy/signal_driver.hpp"
#include "storage/engine.hpp"
#include "storage/sqlite/vfs_shim.hpp"

namespace historyd {

namespace asio = boost::asio;

namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

engine_options engine_options_of(const conf::config& c) {
    engine_options o;
    o.storage = c.storage;
    o.reader = {.threads = size(c.reader.threads),
                .connections_max = size(c.reader.connections_max),
                .queue_max = size(c.reader.queue_max)};
    o.writer.queue_max = size(c.writer.queue_max);
    o.writer.batch_rows_max = size(c.writer.batch_rows_max);
    o.writer.batch_bytes_max = size(c.writer.batch_bytes_max);
    o.writer.batch_time_us_max = c.writer.batch_time_us_max;
    o.writer.wal_checkpoint_pages = c.writer.wal_checkpoint_pages;
    o.statement_memory_bytes_max = size(c.limits.statement_memory_bytes_max);
    o.writer.outbox_caps = {.rows_max = c.backend.outbox_rows_max,
                            .bytes_max = c.backend.outbox_bytes_max,
                            .age_ms_max = c.backend.outbox_age_s_max * 1000,
                            .free_disk_bytes_min = c.backend.free_disk_bytes_min};
    o.writer.outbox_retention_s = c.backend.outbox_retention_days * 86'400;
    o.acknowledge_timeout = std::chrono::milliseconds(c.backend.acknowledge_timeout_ms);
    o.plan_cache_entries_max = size(c.limits.plan_cache_entries_max);
    o.plan_cache_bytes_max = size(c.limits.plan_cache_bytes_max);
    return o;
}

std::vector<conf::listen_address> addresses_of(const std::vector<std::string>& texts) {
    std::vector<conf::listen_address> addresses;
    for (const auto& text : texts) {
        auto address = conf::parse_listen_address(text);
        if (!address) throw std::runtime_error(address.error().message);
        addresses.push_back(std::move(*address));
    }
    return addresses;
}

net::listener_options listener_options_of(const conf::config& c) {
    net::listener_options o;
    o.addresses = addresses_of(c.listen);
    o.socket_directory = c.socket_dir;
    o.storage = c.storage;
    o.inherited = inherited_sockets();
    return o;
}

net::security_options security_options_of(const conf::config& c) {
    net::security_options o;
    o.tls = {.certificate_file = c.tls.certificate_file,
             .key_file = c.tls.key_file,
             .client_ca_file = c.tls.client_ca_file,
             .min_version = c.tls.min_version};
    o.user_file = c.auth.user_file;
    o.rules = c.auth.rules;
    o.user_map = c.auth.user_map;
    o.databases = c.databases;
    o.failure_delay = std::chrono::milliseconds(c.auth.failure_delay_ms);
    o.failures = {.per_address_max = size(c.auth.failures_per_address_max),
                  .window = std::chrono::seconds(c.auth.failure_window_s)};
    return o;
}

net::server_options server_options_of(const conf::config& c) {
    net::server_options o;
    o.listen = listener_options_of(c);
    o.admission = {.sessions_max = size(c.limits.sessions_max),
                   .sessions_per_address_max = size(c.limits.sessions_per_address_max),
                   .startups_max = size(c.limits.startups_max)};
    o.startup_timeout = std::chrono::milliseconds(c.network.startup_timeout_ms);
    o.message_bytes_max = size(c.limits.message_bytes_max);
    o.keepalive = {.idle_s = static_cast<int>(c.network.keepalive_idle_s),
                   .interval_s = static_cast<int>(c.network.keepalive_interval_s),
                   .probes = static_cast<int>(c.network.keepalive_probes)};
    o.session = {.statement_timeout_ms = c.limits.statement_timeout_ms,
                 .prepared_statements_max = size(c.limits.prepared_statements_max),
                 .portals_max = size(c.limits.portals_max),
                 .result_buffer_bytes = size(c.limits.result_buffer_bytes),
                 .portal_buffer_bytes_max = size(c.limits.portal_buffer_bytes_max)};
    return o;
}

std::vector<std::string> database_names(const conf::config& c) {
    std::vector<std::string> names;
    for (const auto& d : c.databases) names.push_back(d.name);
    return names;
}

std::size_t io_thread_count(const conf::config& c) {
    if (c.network.io_threads > 0) return size(c.network.io_threads);
    return std::max(1u, std::thread::hardware_concurrency());
}

// A session per client. A class rather than a lambda: its coroutine's `this` outlives the call.
class session_runner {
public:
    session_runner(databases& all, session::statement_log& log, session::session_list& list)
        : databases_(&all), log_(&log), list_(&list) {}

    asio::awaitable<void> operator()(session::transport& t,
                                     const session::session_parameters& parameters,
                                     net::cancel_registry::registration& registration) const {
        auto& e = databases_->of(parameters.database);
        const auto executor = co_await asio::this_coro::executor;
        session::session s(e, *log_, executor, parameters);
        const session::session_list::membership listed(*list_, s);
        const net::cancel_registry::registration::armed armed(registration, [&s] { s.cancel(); });
        co_await s.run(t);
    }

private:
    databases* databases_;
    session::statement_log* log_;
    session::session_list* list_;
};

// PostgREST's interface: its requests, and the HTTP server that takes them.
class rest_interface {
public:
    // Requires: rest.listen is not empty.
    rest_interface(net::io_threads& threads, engine& e, const conf::rest_config& c,
                   session::statement_log& statements, client_log& lines)
        : service_(e, key_of(c),
                   {.create_table = c.create_table,
                    .response_bytes_max = size(c.response_bytes_max),
                    .statement_timeout_ms = c.statement_timeout_ms},
                   statements, lines),
          server_(threads, options_of(c, service_),
                  [this](net::http_request r) { return service_.respond(std::move(r)); }) {}

    net::http_server& server() { return server_; }
    const rest::figures& figures() const { return service_.figures(); }

private:
    static rest::access_key key_of(const conf::rest_config& c) {
        auto key = conf::rest_key(c);
        if (!key) throw std::runtime_error(key.error().message);
        return rest::access_key(std::move(*key));
    }
    static net::http_server_options options_of(const conf::rest_config& c, rest::service& service) {
        net::http_server_options o;
        o.name = "rest";
        o.addresses = addresses_of(c.listen);
        o.connections_max = size(c.connections_max);
        o.body_bytes_max = static_cast<std::uint64_t>(c.request_bytes_max);
        o.admit = [&service](const net::http_request& head) { return service.refuse(head); };
        return o;
    }

    rest::service service_;
    net::http_server server_;
};

std::string client_url(const conf::config& c, const net::listener& listening) {
    const auto port = std::to_string(listening.port());
    const auto& first = listening.names().front();
    if (first.front() != '/') return "postgresql://localhost:" + port + "/mem0";
    const auto directory = std::filesystem::path(first).parent_path().string();
    return "postgresql:///mem0?host=" + (c.socket_dir.empty() ? directory : c.socket_dir) +
           "&port=" + port;
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

// For `systemctl status`.
std::string status_line(const daemon_view& view) {
    std::uint64_t waiting = 0;
    for (const auto& [name, e] : view.files.all()) {
        const auto writer = e->writes().stats();
        if (writer.stopped) return "Writes are stopped: restart after checking the disk";
        waiting += writer.queue_depth;
    }
    return fmt::format("{} sessions, {} writes waiting", view.server.sessions(), waiting);
}

// Empty when clients are welcome.
std::string why_not_ready(const daemon_view& view, bool serving) {
    if (!serving) return "starting or stopping";
    const auto stopped = [](const auto& file) { return file.second->writes().stats().stopped; };
    if (std::ranges::any_of(view.files.all(), stopped)) {
        return "writes are stopped: check the disk, then restart historyd";
    }
    return {};
}

void announce(const conf::config& c, const net::listener& listening, rest_interface* rest) {
    std::printf("historyd %s listens on %s\n", HISTORYD_VERSION, joined(listening.names()).c_str());
    if (rest != nullptr) {
        std::printf("PostgREST's interface: HTTP on %s\n",
                    joined(rest->server().listening().names()).c_str());
    }
    for (const auto& d : c.databases) {
        std::printf("database %s: %s\n", d.name.c_str(),
                    d.relay ? "relayed" : std::filesystem::absolute(d.path).c_str());
    }
    if (c.databases.empty()) {
        std::printf("history file: %s\n", std::filesystem::absolute(c.storage).c_str());
    }
    std::printf("in mem0's configuration: history_db_path = \"%s\"\n",
                client_url(c, listening).c_str());
    std::fflush(stdout);
}

// What of the log can change while serving.
void adjust_log(const conf::config& c, client_log& lines, session::statement_log& statements) {
    set_log_level(c.log);
    lines.set_lines_max(static_cast<std::uint64_t>(c.log.client_lines_max));
    statements.set_slow(std::chrono::milliseconds(c.log.min_duration_ms));
}

}  // namespace

void serve(const conf::effective_config& effective, reloader::load_function load) {
    const auto& c = effective.values;
    set_up_log(c.log);
    std::signal(SIGPIPE, SIG_IGN);  // a client that is gone is an error of write()
    metrics::duration_histogram syncs;
    const sqlite::vfs_shim shim(syncs);
    // Destroyed in the opposite order: whatever posts to an I/O thread goes before the threads do.
    net::io_threads threads(io_thread_count(c));
    forwarding backends(c, engine_options_of(c));
    backends.hydrate();
    databases storage(backends.files(), database_names(c));
    backends.attach(storage);
    net::security_source security(security_options_of(c));
    client_log lines;
    session::statement_log statements(lines);
    session::session_list sessions;
    net::server server(threads, server_options_of(c), security, lines,
                       session_runner(storage, statements, sessions));
    reloader configuration(std::move(load), effective, [&](const conf::config& changed) {
        server.reload(server_options_of(changed), security_options_of(changed));
        adjust_log(changed, lines, statements);
    });
    adjust_log(c, lines, statements);
    std::optional<rest_interface> rest;
    std::vector<net::http_server*> http;
    if (!c.rest.listen.empty()) {
        rest.emplace(threads, storage.first(), c.rest, statements, lines);
        http.push_back(&rest->server());
    }
    daemon_view view{.files = storage,
                     .server = server,
                     .sessions = sessions,
                     .statements = statements,
                     .syncs = syncs,
                     .configuration = [&] { return configuration.running(); },
                     .backends = backends,
                     .lines = lines,
                     .rest_connections = {},
                     .started_us = absl::ToUnixMicros(absl::Now())};
    if (rest) {
        view.rest = &rest->figures();
        view.rest_connections = [&] { return rest->server().connections(); };
    }
    live_tables live(view);
    for (const auto& [name, e] : storage.all()) e->live = &live;
    asio::io_context loop;
    std::atomic<bool> ready = false;
    std::optional<net::admin_http> admin;
    if (!c.metrics.listen.empty()) {
        admin.emplace(threads, addresses_of(c.metrics.listen),
                      net::admin_answers{.metrics = [&] { return metrics_page(view); },
                                         .not_ready = [&] { return why_not_ready(view, ready); }});
    }
    service_notifier notifier(loop, threads, [&] { return status_line(view); });
    const auto drain_timeout = [&] {
        return std::chrono::milliseconds(configuration.running().values.network.drain_timeout_ms);
    };
    const signal_driver signals(loop, server, http, admin ? &admin->server() : nullptr, storage,
                                notifier,
                                {.reload = [&] { configuration.reload(); },
                                 .stop = [&] { ready = false; },
                                 .drain_timeout = drain_timeout});
    server.start();
    for (auto* h : http) h->start();
    backends.start();
    if (admin) admin->server().start();
    ready = true;
    announce(c, server.listening(), rest ? &*rest : nullptr);
    notifier.ready();
    loop.run();
    backends.stop();
    storage.drain();
    threads.join();
    spdlog::info("stopped");
}

std::vector<std::pair<std::string, std::string>> versions() {
    return {
        {"historyd", HISTORYD_VERSION},
        {"SQLite", sqlite3_libversion()},
        {"Boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                              BOOST_VERSION % 100)},
        {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)}};
}

void print_versions() {
    for (const auto& [component, version] : versions()) {
        std::printf("%s %s\n", component.c_str(), version.c_str());
    }
}

}  // namespace historyd
