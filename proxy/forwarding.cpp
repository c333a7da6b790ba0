#include "proxy/forwarding.hpp"

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <stdexcept>

#include "storage/hydrate.hpp"

namespace historyd {

namespace {

using std::chrono::milliseconds;

// A service manager may think that the start has failed when it has heard nothing for this long.
constexpr unsigned long long start_timeout_us = 120'000'000;

replicator::replicator_options options_of(const conf::backend_config& c) {
    replicator::replicator_options o;
    o.limits.batch_rows_max = static_cast<std::size_t>(c.batch_rows_max);
    o.limits.batch_time_max = milliseconds(c.batch_time_ms_max);
    o.limits.retry_max = milliseconds(c.retry_ms_max);
    o.limits.refused_retry = milliseconds(c.refused_retry_ms);
    o.limits.halted_retry = milliseconds(c.halted_retry_ms);
    o.limits.on_poison =
        c.on_poison == "park" ? replicator::poison_rule::park : replicator::poison_rule::halt;
    o.batch_bytes_max = static_cast<std::size_t>(c.batch_bytes_max);
    o.timeouts = {.connect = milliseconds(c.connect_timeout_ms),
                  .silence = milliseconds(c.reply_timeout_ms)};
    return o;
}

std::string named(const std::string& database) {
    return database.empty() ? "backend.url" : "[databases." + database + "]";
}

}  // namespace

forwarding::forwarding(const conf::config& c, const engine_options& base) : config_(c.backend) {
    std::map<std::string, std::string> urls;  // by database
    std::size_t without = 0;
    for (const auto& d : c.databases) {
        if (d.relay) continue;
        files_.push_back({.name = d.name, .options = base});
        files_.back().options.storage = d.path;
        urls[d.name] = d.backend_url;
        if (d.backend_url.empty()) ++without;
    }
    if (files_.empty()) {
        files_.push_back({.name = "", .options = base});
        without = 1;
    }
    if (without > 1 && !config_.url.empty()) {
        throw std::runtime_error(
            "backend.url: several of [databases] would share it and their tables would mix; give "
            "each a backend of its own");
    }
    for (auto& file : files_) {
        const bool own = !urls[file.name].empty();
        const auto& url = own ? urls[file.name] : config_.url;
        file.options.writer.forward = !url.empty();
        file.options.acknowledge_backend = !url.empty() && config_.acknowledge == "backend";
        if (url.empty()) continue;
        auto target = postgres::target::parse(url, own ? std::string() : config_.password_file,
                                              milliseconds(config_.reply_timeout_ms));
        if (!target) {
            throw std::runtime_error(own ? named(file.name) + " backend: " + target.error().message
                                         : target.error().message);
        }
        for (const auto& [other, theirs] : targets_) {
            if (theirs.shown() != target->shown()) continue;
            throw std::runtime_error(named(file.name) + " and " + named(other) +
                                     " have the same backend: their tables would mix");
        }
        targets_.emplace(file.name, *std::move(target));
    }
}

void forwarding::hydrate() const {
    for (const auto& file : files_) {
        const auto target = targets_.find(file.name);
        const auto& path = file.options.storage;
        if (target == targets_.end()) {
            const auto partly = is_partly_hydrated(path);
            if (!partly || !*partly) continue;  // what is wrong with it, opening it will say
            throw std::runtime_error("\"" + path.string() +
                                     "\" is only partly filled from a backend, and none is "
                                     "configured: configure it, or remove the file");
        }
        if (config_.hydrate == "off") continue;
        hydrate_options options{.storage = file.options,
                                .connect_timeout = milliseconds(config_.connect_timeout_ms),
                                .silence = milliseconds(config_.reply_timeout_ms),
                                .told = [](const std::string& line) {
                                    spdlog::info("{}", line);
                                    sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%llu\nSTATUS=%s",
                                               start_timeout_us, line.c_str());
                                }};
        options.storage.writer.forward = false;
        auto filled = historyd::hydrate(options, target->second);
        if (!filled) {
            throw std::runtime_error("\"" + path.string() + "\": " + filled.error().message +
                                     (filled.error().hint.empty() ? "" : ". ") +
                                     filled.error().hint);
        }
    }
}

void forwarding::attach(databases& opened) {
    for (const auto& file : files_) {
        const auto target = targets_.find(file.name);
        if (target == targets_.end()) continue;
        if (config_.read == "backend") {
            opened.of(file.name).backend_reads = std::make_shared<postgres::read_pool>(
                target->second,
                postgres::read_pool_options{
                    .connections_max = static_cast<std::size_t>(config_.read_connections_max),
                    .connect_timeout = milliseconds(config_.connect_timeout_ms),
                    .silence = milliseconds(config_.reply_timeout_ms),
                    .patience = milliseconds(config_.read_patience_ms)});
        }
        replicators_[file.name] = std::make_unique<replicator::replicator>(
            opened.of(file.name).writes(), file.options.storage, target->second,
            options_of(config_));
    }
}

void forwarding::start() {
    for (auto& [name, r] : replicators_) r->start();
}

void forwarding::stop() {
    for (auto& [name, r] : replicators_) r->stop();
}

const std::filesystem::path* forwarding::file_of(std::string_view database) const {
    if (of(database) == nullptr) return nullptr;
    auto at = std::ranges::find(files_, database, &served_file::name);
    if (at == files_.end()) at = files_.begin();
    return &at->options.storage;
}

const replicator::replicator* forwarding::of(std::string_view database) const {
    auto at = replicators_.find(database);
    if (at == replicators_.end()) at = replicators_.find(std::string_view());
    return at == replicators_.end() ? nullptr : at->second.get();
}

}  // namespace historyd
