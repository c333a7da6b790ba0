#include "proxy/databases.hpp"

namespace historyd {

databases::databases(const std::vector<served_file>& files, std::vector<std::string> names) {
    const auto shown = std::make_shared<const std::vector<std::string>>(std::move(names));
    for (const auto& file : files) {
        auto& made = engines_[file.name] = std::make_unique<engine>(file.options);
        if (!shown->empty()) made->databases = shown;
    }
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
