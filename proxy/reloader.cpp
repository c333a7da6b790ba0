#include "proxy/reloader.hpp"

#include <spdlog/spdlog.h>

#include "conf/access_change.hpp"
#include "conf/config_keys.hpp"

namespace historyd {

namespace {

// Lines for the log.
struct changes {
    std::vector<std::string> made, waiting;
};

// Takes over what can change while serving.
changes merge(const conf::effective_config& read, conf::effective_config& running) {
    changes found;
    for (const auto& key : conf::keys()) {
        if (conf::is_equal(key, running.values, read.values)) continue;
        const auto now = std::string(key.name) + " = " + conf::value_text(key, read.values);
        const auto before = conf::value_text(key, running.values);
        if (!key.reload) {
            found.waiting.push_back(now + " needs a restart; " + before + " stays in force");
            continue;
        }
        found.made.push_back(now + " (was " + before + ")");
        conf::copy(key, read.values, running.values);
        const std::string name(key.name);
        running.origins.erase(name);
        if (const auto from = read.origins.find(name); from != read.origins.end()) {
            running.origins.insert(*from);
        }
    }
    auto access = conf::take_access(read.values, running.values);
    for (auto& line : access.changed) found.made.push_back(std::move(line));
    for (const auto& line : access.waiting) found.waiting.push_back(line + " (needs a restart)");
    return found;
}

}  // namespace

reloader::reloader(load_function load, conf::effective_config running, apply_function apply)
    : load_(std::move(load)), apply_(std::move(apply)), running_(std::move(running)) {}

conf::effective_config reloader::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

void reloader::reload() {
    auto next = running();
    changes found;
    try {
        found = merge(load_(), next);
        apply_(next.values);
    } catch (const std::exception& e) {
        spdlog::error(
            "reload: {}; nothing was changed. Correct it (historyd check) and send SIGHUP again",
            e.what());
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        running_ = std::move(next);
    }
    for (const auto& line : found.waiting) spdlog::warn("reload: {}", line);
    for (const auto& line : found.made) spdlog::info("reload: {}", line);
    spdlog::info(
        "reload: certificate and users are read again, {} settings changed, {} need a restart",
        found.made.size(), found.waiting.size());
}

}  // namespace historyd
