#include "proxy/reloader.hpp"

#include <spdlog/spdlog.h>

#include "conf/access_text.hpp"
#include "conf/config_keys.hpp"

namespace historyd {

reloader::reloader(load_function load, conf::effective_config running, apply_function apply)
    : load_(std::move(load)), apply_(std::move(apply)), running_(std::move(running)) {}

conf::effective_config reloader::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

void reloader::reload() {
    auto next = running();
    conf::effective_config read;
    try {
        read = load_();
    } catch (const std::exception& e) {
        spdlog::error(
            "reload: {}; nothing was changed. Correct it (historyd check) and send SIGHUP again",
            e.what());
        return;
    }
    std::size_t changed = 0, waiting = 0;
    for (const auto& key : conf::keys()) {
        if (conf::is_equal(key, next.values, read.values)) continue;
        const auto now = conf::value_text(key, read.values);
        const auto before = conf::value_text(key, next.values);
        if (!key.reload) {
            ++waiting;
            spdlog::warn("reload: {} = {} needs a restart; {} stays in force", key.name, now,
                         before);
            continue;
        }
        ++changed;
        spdlog::info("reload: {} = {} (was {})", key.name, now, before);
        conf::copy(key, read.values, next.values);
        const std::string name(key.name);
        next.origins.erase(name);
        if (const auto from = read.origins.find(name); from != read.origins.end()) {
            next.origins.insert(*from);
        }
    }
    if (conf::access_text(next.values) != conf::access_text(read.values)) {
        ++waiting;
        spdlog::warn("reload: changed auth.rules, auth.user_map or databases need a restart");
    }
    {
        const std::lock_guard lock(mutex_);
        running_ = next;
    }
    apply_(next.values);
    spdlog::info("reload: {} settings changed, {} need a restart", changed, waiting);
}

}  // namespace historyd
