#include "proxy/databases.hpp"

namespace historyd {

databases::databases(const engine_options& options,
                     const std::vector<conf::database_config>& configured) {
    if (configured.empty()) {
        engines_.emplace("", std::make_unique<engine>(options));
        return;
    }
    auto names = std::make_shared<std::vector<std::string>>();
    for (const auto& d : configured) names->push_back(d.name);
    for (const auto& d : configured) {
        if (d.relay) continue;
        auto own = options;
        own.storage = d.path;
        auto& made = engines_[d.name] = std::make_unique<engine>(std::move(own));
        made->databases = names;
    }
    if (engines_.empty()) engines_.emplace("", std::make_unique<engine>(options));
}

engine& databases::of(std::string_view name) {
    const auto at = engines_.find(name);
    return at == engines_.end() ? first() : *at->second;
}

void databases::drain() {
    for (auto& [name, e] : engines_) e->drain(std::chrono::milliseconds(0));
}

void databases::interrupt() {
    for (auto& [name, e] : engines_) e->interrupt();
}

}  // namespace historyd
