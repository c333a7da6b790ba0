#include "conf/config_keys.hpp"

#include <algorithm>
#include <array>

#include "conf/listen_address.hpp"

namespace historyd::conf {

namespace {

constexpr std::int64_t count_max = 1'000'000, bytes_max = std::int64_t{1} << 40;
constexpr std::int64_t message_bytes_limit = (1 << 30) - 1;  // PostgreSQL's
constexpr std::int64_t hour_ms = 3'600'000;

constexpr std::array<std::string_view, 6> log_levels = {"trace", "debug", "info",
                                                        "warn",  "error", "critical"};

std::string check_storage(const config& c) {
    return c.storage.empty() ? "a file name is needed" : std::string();
}

std::string check_tls_version(const config& c) {
    return c.tls.min_version == "1.2" || c.tls.min_version == "1.3" ? "" : "it is 1.2 or 1.3";
}

std::string check_addresses(const std::vector<std::string>& addresses) {
    for (const auto& text : addresses) {
        if (auto parsed = parse_listen_address(text); !parsed) return parsed.error().message;
    }
    return {};
}

std::string check_listen(const config& c) { return check_addresses(c.listen); }

std::string check_metrics_listen(const config& c) { return check_addresses(c.metrics.listen); }

std::string check_rest_listen(const config& c) { return check_addresses(c.rest.listen); }

std::string check_log_format(const config& c) {
    return c.log.format == "text" || c.log.format == "json" ? "" : "it is text or json";
}

std::string check_log_level(const config& c) {
    if (std::find(log_levels.begin(), log_levels.end(), c.log.level) != log_levels.end()) return {};
    std::string allowed;
    for (const auto level : log_levels) {
        allowed += (allowed.empty() ? "" : ", ") + std::string(level);
    }
    return "it is one of " + allowed;
}

std::string check_on_poison(const config& c) {
    const auto& rule = c.backend.on_poison;
    return rule == "halt" || rule == "park" ? std::string() : "it is halt or park";
}

std::string check_read(const config& c) {
    const auto& where = c.backend.read;
    return where == "local" || where == "backend" ? std::string() : "it is local or backend";
}

std::string check_hydrate(const config& c) {
    const auto& when = c.backend.hydrate;
    return when == "auto" || when == "off" ? std::string() : "it is auto or off";
}

std::string check_acknowledge(const config& c) {
    const auto& when = c.backend.acknowledge;
    return when == "local" || when == "backend" ? std::string() : "it is local or backend";
}

const key all_keys[] = {
    {.name = "storage",
     .description = "The SQLite file; created when it does not exist.",
     .of = [](config& c) -> field { return &c.storage; },
     .check = check_storage},
    {.name = "listen",
     .description = "TCP addresses, HOST:PORT each; * is every address, an empty list is none.",
     .of = [](config& c) -> field { return &c.listen; },
     .check = check_listen},
    {.name = "socket_dir",
     .description = "Directory of the Unix socket .s.PGSQL.PORT, PORT being that of the first TCP "
                    "address or 5499. Empty: no Unix socket.",
     .of = [](config& c) -> field { return &c.socket_dir; }},

    {.name = "operators",
     .description = "Users who may see what other users run, cancel it and end their sessions "
                    "(PostgreSQL's pg_monitor and pg_signal_backend).",
     .of = [](config& c) -> field { return &c.operators; },
     .reload = true},

    {.name = "log.level",
     .description = "Least severity that is logged: trace, debug, info, warn, error or critical.",
     .of = [](config& c) -> field { return &c.log.level; },
     .check = check_log_level,
     .reload = true},
    {.name = "log.format",
     .description = "On standard error: text, or json with an object a line.",
     .of = [](config& c) -> field { return &c.log.format; },
     .check = check_log_format},
    {.name = "log.min_duration_ms",
     .description = "Statements that take this long are logged. 0: all, -1: none.",
     .of = [](config& c) -> field { return &c.log.min_duration_ms; },
     .min = -1,
     .max = 24 * hour_ms,
     .reload = true},
    {.name = "log.client_lines_max",
     .description = "Lines in a minute about what clients do wrong, of each kind: failed logins, "
                    "failed TLS handshakes, broken sessions, failed statements, failed requests. "
                    "Beyond they are only counted. 0: no limit.",
     .of = [](config& c) -> field { return &c.log.client_lines_max; },
     .max = count_max,
     .reload = true},

    {.name = "metrics.listen",
     .description =
         "Addresses of the HTTP listener for /metrics (Prometheus), /healthz and "
         "/readyz, HOST:PORT each. It asks nobody who they are, so only addresses of this machine "
         "are allowed. Empty: none.",
     .of = [](config& c) -> field { return &c.metrics.listen; },
     .check = check_metrics_listen},

    {.name = "network.io_threads",
     .description = "Threads that serve connections. 0: one per core.",
     .of = [](config& c) -> field { return &c.network.io_threads; },
     .max = 1024},
    {.name = "network.startup_timeout_ms",
     .description = "A client that has not said who it is by then is disconnected.",
     .of = [](config& c) -> field { return &c.network.startup_timeout_ms; },
     .min = 1,
     .max = hour_ms,
     .reload = true},
    {.name = "network.drain_timeout_ms",
     .description = "After SIGTERM running statements have this long before they are cancelled.",
     .of = [](config& c) -> field { return &c.network.drain_timeout_ms; },
     .max = hour_ms,
     .reload = true},
    {.name = "network.keepalive_idle_s",
     .description = "TCP keepalive: silence before the first probe.",
     .of = [](config& c) -> field { return &c.network.keepalive_idle_s; },
     .min = 1,
     .max = 32'767,
     .reload = true},
    {.name = "network.keepalive_interval_s",
     .description = "TCP keepalive: time between probes.",
     .of = [](config& c) -> field { return &c.network.keepalive_interval_s; },
     .min = 1,
     .max = 32'767,
     .reload = true},
    {.name = "network.keepalive_probes",
     .description = "TCP keepalive: unanswered probes after which a client counts as gone.",
     .of = [](config& c) -> field { return &c.network.keepalive_probes; },
     .min = 1,
     .max = 127,
     .reload = true},

    {.name = "limits.sessions_max",
     .description = "Sessions at once. Beyond: 53300.",
     .of = [](config& c) -> field { return &c.limits.sessions_max; },
     .min = 1,
     .max = count_max,
     .reload = true},
    {.name = "limits.sessions_per_address_max",
     .description =
         "Sessions at once from one address; Unix socket clients are one. Beyond: 53300.",
     .of = [](config& c) -> field { return &c.limits.sessions_per_address_max; },
     .min = 1,
     .max = count_max,
     .reload = true},
    {.name = "limits.startups_max",
     .description = "Connections at once that have not said who they are. Beyond: 53300.",
     .of = [](config& c) -> field { return &c.limits.startups_max; },
     .min = 1,
     .max = count_max,
     .reload = true},
    {.name = "limits.message_bytes_max",
     .description =
         "Bytes of one message from a client: statement text, parameters. Beyond: 53400, "
         "disconnected.",
     .of = [](config& c) -> field { return &c.limits.message_bytes_max; },
     .min = 65'536,
     .max = message_bytes_limit,
     .reload = true},
    {.name = "limits.prepared_statements_max",
     .description = "Prepared statements of one session. Beyond: 53400.",
     .of = [](config& c) -> field { return &c.limits.prepared_statements_max; },
     .min = 1,
     .max = count_max,
     .reload = true},
    {.name = "limits.portals_max",
     .description = "Portals and cursors of one session. Beyond: 53400.",
     .of = [](config& c) -> field { return &c.limits.portals_max; },
     .min = 1,
     .max = count_max,
     .reload = true},
    {.name = "limits.result_buffer_bytes",
     .description = "Bytes of rows gathered before they are sent.",
     .of = [](config& c) -> field { return &c.limits.result_buffer_bytes; },
     .min = 1024,
     .max = bytes_max,
     .reload = true},
    {.name = "limits.portal_buffer_bytes_max",
     .description =
         "Bytes of rows kept for a cursor, or for a result inside a writing transaction. "
         "Beyond: 54000.",
     .of = [](config& c) -> field { return &c.limits.portal_buffer_bytes_max; },
     .min = 65'536,
     .max = bytes_max,
     .reload = true},
    {.name = "limits.statement_timeout_ms",
     .description = "A statement may run this long, unless its session sets statement_timeout. "
                    "Beyond: 57014. 0: no limit.",
     .of = [](config& c) -> field { return &c.limits.statement_timeout_ms; },
     .max = 2'147'483'647,
     .reload = true},
    {.name = "limits.statement_memory_bytes_max",
     .description = "Bytes of memory a running statement may hold. Beyond: 53200. 0: no limit.",
     .of = [](config& c) -> field { return &c.limits.statement_memory_bytes_max; },
     .max = bytes_max},
    {.name = "limits.plan_cache_entries_max",
     .description = "Translated statements kept for all sessions.",
     .of = [](config& c) -> field { return &c.limits.plan_cache_entries_max; },
     .max = count_max},
    {.name = "limits.plan_cache_bytes_max",
     .description = "Bytes of translated statements kept for all sessions.",
     .of = [](config& c) -> field { return &c.limits.plan_cache_bytes_max; },
     .max = bytes_max},

    {.name = "tls.certificate_file",
     .description = "Server certificate and those between it and the root, PEM. Empty: no TLS.",
     .of = [](config& c) -> field { return &c.tls.certificate_file; },
     .reload = true},
    {.name = "tls.key_file",
     .description = "Private key of the certificate, PEM; for nobody else to read (chmod 600).",
     .of = [](config& c) -> field { return &c.tls.key_file; },
     .reload = true},
    {.name = "tls.client_ca_file",
     .description = "Roots that client certificates have to come from, PEM. Empty: clients are not "
                    "asked for one.",
     .of = [](config& c) -> field { return &c.tls.client_ca_file; },
     .reload = true},
    {.name = "tls.min_version",
     .description = "Oldest version of TLS: 1.2 or 1.3.",
     .of = [](config& c) -> field { return &c.tls.min_version; },
     .check = check_tls_version,
     .reload = true},

    {.name = "auth.user_file",
     .description = "Users and their SCRAM verifiers, a line each: \"name\" \"SCRAM-SHA-256$...\". "
                    "`historyd user add NAME` writes it.",
     .of = [](config& c) -> field { return &c.auth.user_file; },
     .reload = true},
    {.name = "auth.failure_delay_ms",
     .description = "How long the answer to a failed login takes.",
     .of = [](config& c) -> field { return &c.auth.failure_delay_ms; },
     .max = 60'000,
     .reload = true},
    {.name = "auth.failures_per_address_max",
     .description = "Failed logins from one address within auth.failure_window_s; then it is "
                    "refused before it may try. Over the Unix socket each system user is an "
                    "address. 0: no limit.",
     .of = [](config& c) -> field { return &c.auth.failures_per_address_max; },
     .max = count_max,
     .reload = true},
    {.name = "auth.failure_window_s",
     .description = "How long a failed login counts.",
     .of = [](config& c) -> field { return &c.auth.failure_window_s; },
     .min = 1,
     .max = 86'400,
     .reload = true},

    {.name = "reader.threads",
     .description = "Threads that answer reads.",
     .of = [](config& c) -> field { return &c.reader.threads; },
     .min = 1,
     .max = 1024},
    {.name = "reader.connections_max",
     .description = "Open cursors and snapshots at once. Beyond: 53300.",
     .of = [](config& c) -> field { return &c.reader.connections_max; },
     .min = 1,
     .max = count_max},
    {.name = "reader.queue_max",
     .description = "Reads waiting for a thread. Beyond: 53300.",
     .of = [](config& c) -> field { return &c.reader.queue_max; },
     .min = 1,
     .max = count_max},

    {.name = "writer.queue_max",
     .description = "Transactions waiting for the writer. Beyond: 53300.",
     .of = [](config& c) -> field { return &c.writer.queue_max; },
     .min = 1,
     .max = count_max},
    {.name = "writer.batch_rows_max",
     .description = "Rows in one group commit.",
     .of = [](config& c) -> field { return &c.writer.batch_rows_max; },
     .min = 1,
     .max = count_max},
    {.name = "writer.batch_bytes_max",
     .description = "Bytes of rows in one group commit.",
     .of = [](config& c) -> field { return &c.writer.batch_bytes_max; },
     .min = 1024,
     .max = bytes_max},
    {.name = "writer.batch_time_us_max",
     .description = "A group commit takes in nothing more after this long.",
     .of = [](config& c) -> field { return &c.writer.batch_time_us_max; },
     .min = 1,
     .max = 10'000'000},
    {.name = "writer.wal_checkpoint_pages",
     .description =
         "Pages in the write-ahead log that call for a checkpoint; up to four times as many "
         "while transactions come fast.",
     .of = [](config& c) -> field { return &c.writer.wal_checkpoint_pages; },
     .min = 1,
     .max = 10'000'000},

    {.name = "rest.listen",
     .description = "Addresses, HOST:PORT each, of PostgREST's interface to the tables, over HTTP: "
                    "what mem0's Node SDK and supabase-js speak. An empty list: none.",
     .of = [](config& c) -> field { return &c.rest.listen; },
     .check = check_rest_listen},
    {.name = "rest.key",
     .description = "The key that every request has to show, as apikey or Authorization: Bearer.",
     .of = [](config& c) -> field { return &c.rest.key; },
     .secret = true},
    {.name = "rest.key_file",
     .description = "A file with the key, in place of rest.key.",
     .of = [](config& c) -> field { return &c.rest.key_file; }},
    {.name = "rest.create_table",
     .description = "The table that is created as mem0 wants it when it is first asked for, "
                    "\"memory_history\" as a rule. Empty: none.",
     .of = [](config& c) -> field { return &c.rest.create_table; }},
    {.name = "rest.connections_max",
     .description = "HTTP connections at once. Beyond: 503.",
     .of = [](config& c) -> field { return &c.rest.connections_max; },
     .min = 1,
     .max = count_max},
    {.name = "rest.request_bytes_max",
     .description = "Bytes of one request's body. Beyond: 413.",
     .of = [](config& c) -> field { return &c.rest.request_bytes_max; },
     .min = 1024,
     .max = message_bytes_limit},
    {.name = "rest.response_bytes_max",
     .description = "Bytes of one answer's rows. Beyond: 54000.",
     .of = [](config& c) -> field { return &c.rest.response_bytes_max; },
     .min = 1024,
     .max = message_bytes_limit},
    {.name = "rest.statement_timeout_ms",
     .description = "A request that runs longer is cancelled: 57014. 0: none is.",
     .of = [](config& c) -> field { return &c.rest.statement_timeout_ms; },
     .max = hour_ms},

    {.name = "backend.url",
     .description = "The PostgreSQL that every write is forwarded to, as libpq takes it: a URL or "
                    "keyword=value "
                    "pairs. Without sslmode a remote host's certificate is verified. Empty: none.",
     .of = [](config& c) -> field { return &c.backend.url; },
     .secret = true},
    {.name = "backend.password_file",
     .description =
         "A file whose first line is the backend's password, in place of one in the URL; "
         "PGPASSWORD and ~/.pgpass work too.",
     .of = [](config& c) -> field { return &c.backend.password_file; }},
    {.name = "backend.hydrate",
     .description = "A new, empty file is filled with the tables that the backend has before it is "
                    "served: auto, or off.",
     .of = [](config& c) -> field { return &c.backend.hydrate; },
     .check = check_hydrate},
    {.name = "backend.on_poison",
     .description = "When the backend rejects a transaction for what is in it: halt, or park it "
                    "aside and go on.",
     .of = [](config& c) -> field { return &c.backend.on_poison; },
     .check = check_on_poison},
    {.name = "backend.connect_timeout_ms",
     .description = "An attempt to connect ends after this.",
     .of = [](config& c) -> field { return &c.backend.connect_timeout_ms; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.reply_timeout_ms",
     .description = "A backend that owes an answer and is silent for this long counts as gone.",
     .of = [](config& c) -> field { return &c.backend.reply_timeout_ms; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.batch_rows_max",
     .description = "Rows in one transaction on the backend; a client's transaction is not split.",
     .of = [](config& c) -> field { return &c.backend.batch_rows_max; },
     .min = 1,
     .max = count_max},
    {.name = "backend.batch_bytes_max",
     .description = "Bytes of rows in one transaction on the backend.",
     .of = [](config& c) -> field { return &c.backend.batch_bytes_max; },
     .min = 1024,
     .max = bytes_max},
    {.name = "backend.batch_time_ms_max",
     .description = "A transaction on the backend that took longer makes the next ones smaller.",
     .of = [](config& c) -> field { return &c.backend.batch_time_ms_max; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.retry_ms_max",
     .description = "The longest pause between attempts while the backend is away; the first is a "
                    "tenth of a second.",
     .of = [](config& c) -> field { return &c.backend.retry_ms_max; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.refused_retry_ms",
     .description =
         "The least pause after the backend has refused the login: some lock out who asks "
         "often.",
     .of = [](config& c) -> field { return &c.backend.refused_retry_ms; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.halted_retry_ms",
     .description = "The pause before a halted replicator looks whether the cause is gone.",
     .of = [](config& c) -> field { return &c.backend.halted_retry_ms; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.read",
     .description = "Where a SELECT outside a writing transaction is answered: local, from the "
                    "file, or backend, with what other nodes have written there.",
     .of = [](config& c) -> field { return &c.backend.read; },
     .check = check_read},
    {.name = "backend.read_patience_ms",
     .description =
         "With read = \"backend\": a SELECT waits this long for its session's own writes "
         "to be there; then it is answered from the file.",
     .of = [](config& c) -> field { return &c.backend.read_patience_ms; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.read_connections_max",
     .description =
         "Connections to the backend for SELECTs; when all are in use, the file answers.",
     .of = [](config& c) -> field { return &c.backend.read_connections_max; },
     .min = 1,
     .max = 1000},
    {.name = "backend.acknowledge",
     .description = "When a write is answered: local, when it is durable in the SQLite file, or "
                    "backend, when the backend has it too.",
     .of = [](config& c) -> field { return &c.backend.acknowledge; },
     .check = check_acknowledge},
    {.name = "backend.acknowledge_timeout_ms",
     .description = "With acknowledge = \"backend\": after this a write is answered with a WARNING "
                    "that names its place in the queue.",
     .of = [](config& c) -> field { return &c.backend.acknowledge_timeout_ms; },
     .min = 1,
     .max = hour_ms},
    {.name = "backend.outbox_rows_max",
     .description = "Changes that may wait for the backend; writes beyond: 53400. 0: any number.",
     .of = [](config& c) -> field { return &c.backend.outbox_rows_max; },
     .max = bytes_max},
    {.name = "backend.outbox_bytes_max",
     .description =
         "Bytes of changes that may wait for the backend; writes beyond: 53400. 0: any number.",
     .of = [](config& c) -> field { return &c.backend.outbox_bytes_max; },
     .max = bytes_max},
    {.name = "backend.outbox_age_s_max",
     .description =
         "How long the oldest change may wait for the backend; writes beyond: 53400. 0: for ever.",
     .of = [](config& c) -> field { return &c.backend.outbox_age_s_max; },
     .max = std::int64_t{366} * 86'400},
    {.name = "backend.free_disk_bytes_min",
     .description = "Bytes that stay free on the file's disk; writes beyond: 53100. 0: none.",
     .of = [](config& c) -> field { return &c.backend.free_disk_bytes_min; },
     .max = bytes_max},
    {.name = "backend.outbox_retention_days",
     .description =
         "How long changes are kept that the backend has, for one that is restored to an "
         "older state.",
     .of = [](config& c) -> field { return &c.backend.outbox_retention_days; },
     .max = 3660},
};

}  // namespace

std::span<const key> keys() { return all_keys; }

const key* find_key(std::string_view name) {
    const auto found = std::find_if(std::begin(all_keys), std::end(all_keys),
                                    [name](const key& k) { return k.name == name; });
    return found == std::end(all_keys) ? nullptr : found;
}

}  // namespace historyd::conf
