#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/access.hpp"

// Configuration of both ends: plain values with their defaults. Keys, units, limits and
// descriptions are the table in config_keys.cpp; the composition root maps these structs onto the
// layers' options.

namespace historyd::conf {

struct log_config {
    std::string level = "info";
    std::string format = "text";
    std::int64_t min_duration_ms = -1;
    std::int64_t client_lines_max = 60;
};

struct metrics_config {
    std::vector<std::string> listen;  // empty: no such listener
};

struct network_config {
    std::int64_t io_threads = 0;  // 0: one per core
    std::int64_t startup_timeout_ms = 10'000;
    std::int64_t drain_timeout_ms = 30'000;
    std::int64_t keepalive_idle_s = 60;
    std::int64_t keepalive_interval_s = 10;
    std::int64_t keepalive_probes = 6;
};

struct limits_config {
    std::int64_t sessions_max = 1000;
    std::int64_t sessions_per_address_max = 1000;
    std::int64_t startups_max = 256;
    std::int64_t message_bytes_max = 64 << 20;
    std::int64_t prepared_statements_max = 10'000;
    std::int64_t portals_max = 1000;
    std::int64_t result_buffer_bytes = 256 << 10;
    std::int64_t portal_buffer_bytes_max = 256 << 20;
    std::int64_t statement_timeout_ms = 0;
    std::int64_t statement_memory_bytes_max = 256 << 20;
    std::int64_t plan_cache_entries_max = 4096;
    std::int64_t plan_cache_bytes_max = 32 << 20;
};

struct tls_config {
    std::string certificate_file, key_file;  // empty: no TLS
    std::string client_ca_file;              // empty: no client certificates
    std::string min_version = "1.2";
};

struct auth_config {
    std::string user_file = "users.txt";
    std::int64_t failure_delay_ms = 1000;
    std::int64_t failures_per_address_max = 30;
    std::int64_t failure_window_s = 60;
    std::vector<auth_rule> rules;  // empty: default_rules()
    std::vector<user_mapping> user_map;
};

struct reader_config {
    std::int64_t threads = 4;
    std::int64_t connections_max = 256;
    std::int64_t queue_max = 4096;
};

struct writer_config {
    std::int64_t queue_max = 16'384;
    std::int64_t batch_rows_max = 4096;
    std::int64_t batch_bytes_max = 8 << 20;
    std::int64_t batch_time_us_max = 20'000;
    std::int64_t wal_checkpoint_pages = 16384;
};

struct rest_config {
    std::vector<std::string> listen;  // empty: no such interface
    std::string key, key_file;
    std::string create_table;
    std::int64_t connections_max = 256;
    std::int64_t request_bytes_max = 16 << 20;
    std::int64_t response_bytes_max = 64 << 20;
    std::int64_t statement_timeout_ms = 30'000;
};

struct backend_config {
    std::string url;  // empty: no backend
    std::string password_file;
    std::string hydrate = "auto";
    std::string on_poison = "halt";
    std::int64_t connect_timeout_ms = 5000;
    std::int64_t reply_timeout_ms = 30'000;
    std::int64_t batch_rows_max = 2000;
    std::int64_t batch_bytes_max = 8 << 20;
    std::int64_t batch_time_ms_max = 500;
    std::int64_t retry_ms_max = 10'000;
    std::int64_t refused_retry_ms = 20'000;
    std::int64_t halted_retry_ms = 30'000;
    std::string read = "local";
    std::int64_t read_patience_ms = 1000;
    std::int64_t read_connections_max = 16;
    std::string acknowledge = "local";
    std::int64_t acknowledge_timeout_ms = 5000;
    std::int64_t outbox_rows_max = 50'000'000;
    std::int64_t outbox_bytes_max = std::int64_t{50} << 30;
    std::int64_t outbox_age_s_max = 0;
    std::int64_t free_disk_bytes_min = 64 << 20;
    std::int64_t outbox_retention_days = 7;
};

struct config {
    std::string storage = "history.db";
    std::vector<std::string> listen = {"127.0.0.1:5499"};
    std::string socket_dir;
    std::vector<std::string> operators;
    log_config log;
    metrics_config metrics;
    network_config network;
    limits_config limits;
    tls_config tls;
    auth_config auth;
    reader_config reader;
    writer_config writer;
    rest_config rest;
    backend_config backend;
    std::vector<database_config> databases;  // empty: every name means `storage`
};

// A configuration and, for each key that is not at its default, where its value came from:
// "/etc/historyd.toml:3:1", "HISTORYD_STORAGE", "--storage".
struct effective_config {
    config values;
    std::map<std::string, std::string, std::less<>> origins;
};

}  // namespace historyd::conf
