#include "conf/access_change.hpp"

#include <algorithm>
#include <tuple>

namespace historyd::conf {

namespace {

// What decides, without the place in the file: a line that moved is no change.
auto facts(const auth_rule& r) {
    return std::make_tuple(r.type, r.databases, r.users, r.address.text(), r.method, r.map,
                           r.read_only);
}

auto facts(const user_mapping& m) { return std::tie(m.map, m.system_user, m.user); }

template <class Table>
bool same(const std::vector<Table>& a, const std::vector<Table>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return facts(x) == facts(y); });
}

template <class Table>
void take_list(const char* name, const std::vector<Table>& read, std::vector<Table>& running,
               access_change& change) {
    if (!same(read, running)) {
        change.changed.push_back(std::string(name) + ": " + std::to_string(read.size()) +
                                 " entries (were " + std::to_string(running.size()) + ")");
    }
    running = read;
}

const database_config* find(const std::vector<database_config>& all, const std::string& name) {
    const auto at = std::ranges::find(all, name, &database_config::name);
    return at == all.end() ? nullptr : &*at;
}

void take_database(const database_config& read, database_config& running, access_change& change) {
    const auto name = "databases." + running.name;
    if (read.relay != running.relay || read.path != running.path) {
        change.waiting.push_back(name + ": another path or mode");
        return;
    }
    if (read.users != running.users) change.changed.push_back(name + ": who may connect");
    if (read.backend.host != running.backend.host || read.backend.port != running.backend.port) {
        change.changed.push_back(name + ": where the relay leads");
    }
    running = read;
}

}  // namespace

access_change take_access(const config& read, config& running) {
    access_change change;
    take_list("auth.rules", read.auth.rules, running.auth.rules, change);
    take_list("auth.user_map", read.auth.user_map, running.auth.user_map, change);
    for (auto& d : running.databases) {
        if (const auto* now = find(read.databases, d.name)) {
            take_database(*now, d, change);
        } else {
            change.waiting.push_back("databases." + d.name + ": removed, but served until then");
        }
    }
    for (const auto& d : read.databases) {
        if (find(running.databases, d.name) == nullptr) {
            change.waiting.push_back("databases." + d.name + ": new");
        }
    }
    return change;
}

}  // namespace historyd::conf
