#include "conf/access_loader.hpp"

#include <functional>
#include <map>

namespace historyd::conf {

namespace {

using setter = std::function<result<void>(const toml::node&)>;

std::string place_of(const std::string& file, const toml::node& node) {
    const auto at = node.source().begin;
    return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

sql_error wrong(std::string message) { return {sqlstate::config_file_error, std::move(message)}; }

result<std::string> text_of(const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return wrong("it is text, in quotes");
    if (text->get().empty()) return wrong("it may not be empty");
    return text->get();
}

setter text_into(std::string& place) {
    return [&place](const toml::node& node) -> result<void> {
        auto text = text_of(node);
        if (!text) return text.error();
        place = std::move(*text);
        return {};
    };
}

// One name or a list of names.
setter names_into(std::vector<std::string>& place) {
    return [&place](const toml::node& node) -> result<void> {
        std::vector<std::string> names;
        const auto* list = node.as_array();
        if (list == nullptr) {
            auto one = text_of(node);
            if (!one) return wrong("it is a name or a list of names, in quotes");
            names.push_back(std::move(*one));
        } else {
            for (const auto& item : *list) {
                auto one = text_of(item);
                if (!one) return one.error();
                names.push_back(std::move(*one));
            }
        }
        place = std::move(names);
        return {};
    };
}

template <class T>
setter word_into(T& place, std::optional<T> (*of)(std::string_view), const char* allowed) {
    return [=, &place](const toml::node& node) -> result<void> {
        const auto text = text_of(node);
        const auto found = text ? of(*text) : std::nullopt;
        if (!found) return wrong(std::string("it is one of ") + allowed);
        place = *found;
        return {};
    };
}

std::optional<bool> relay_of(std::string_view text) {
    if (text == "file") return false;
    if (text == "relay") return true;
    return std::nullopt;
}

result<void> check_database(database_config& d, const std::vector<database_config>& others) {
    const auto name = "[databases." + d.name + "]";
    if (d.relay) {
        if (d.backend_url.empty()) return wrong(name + " is a relay and needs a backend");
        if (!d.path.empty()) return wrong(name + " is a relay and has no path");
        auto address = parse_listen_address(d.backend_url);
        if (!address) return address.error();
        d.backend = *std::move(address);
        d.backend_url.clear();
        return {};
    }
    if (d.path.empty()) return wrong(name + " needs a path");
    for (const auto& other : others) {
        if (other.path == d.path)
            return wrong("[databases." + other.name + "] has that path already");
    }
    return {};
}

std::optional<bool> read_only_of(std::string_view text) {
    if (text == "read-write") return false;
    if (text == "read-only") return true;
    return std::nullopt;
}

// Hands every key of the table to its setter.
result<void> take(const toml::node& node, const std::string& what, const std::string& file,
                  const std::map<std::string, setter, std::less<>>& setters) {
    const auto* table = node.as_table();
    if (table == nullptr) return wrong(place_of(file, node) + ": " + what + " is a table");
    for (const auto& [name, value] : *table) {
        const auto at = setters.find(name.str());
        if (at == setters.end()) {
            std::string allowed;
            for (const auto& [known, unused] : setters) {
                allowed += (allowed.empty() ? "" : ", ") + known;
            }
            const auto place = name.source().begin;
            return wrong(file + ":" + std::to_string(place.line) + ":" +
                         std::to_string(place.column) + ": unknown key \"" +
                         std::string(name.str()) + "\" of " + what + "; there are " + allowed);
        }
        if (auto set = at->second(value); !set) {
            return wrong(place_of(file, value) + ": " + std::string(name.str()) + ": " +
                         set.error().message);
        }
    }
    return {};
}

result<void> check_rule(const auth_rule& rule, bool has_address) {
    const bool local = rule.type == connection_type::local;
    if (rule.method == auth_method::peer && !local) {
        return wrong("method = \"peer\" needs type = \"local\"");
    }
    if (local && has_address) return wrong("type = \"local\" has no address");
    if (rule.method == auth_method::cert && rule.type != connection_type::hostssl) {
        return wrong("method = \"cert\" needs type = \"hostssl\"");
    }
    if (rule.method == auth_method::scram_sha_256_plus && rule.type != connection_type::hostssl) {
        return wrong("method = \"scram-sha-256-plus\" needs type = \"hostssl\"");
    }
    if (!rule.map.empty() && rule.method != auth_method::peer && rule.method != auth_method::cert) {
        return wrong("map is for the methods peer and cert");
    }
    return {};
}

result<void> load_rule(const toml::node& node, const std::string& file, config& c) {
    auth_rule rule;
    rule.place = place_of(file, node);
    const auto* table = node.as_table();
    for (const auto* needed : {"type", "method"}) {
        if (table != nullptr && !table->contains(needed)) {
            return wrong(rule.place + ": a rule needs " + needed);
        }
    }
    const setter address = [&rule](const toml::node& value) -> result<void> {
        const auto text = text_of(value);
        if (!text) return text.error();
        auto range = address_range::parse(*text);
        if (!range) return range.error();
        rule.address = std::move(*range);
        return {};
    };
    auto taken =
        take(node, "[[auth.rules]]", file,
             {{"type", word_into(rule.type, connection_type_of, "local, host, hostssl, hostnossl")},
              {"database", names_into(rule.databases)},
              {"user", names_into(rule.users)},
              {"address", address},
              {"method", word_into(rule.method, auth_method_of,
                                   "trust, peer, scram-sha-256, scram-sha-256-plus, cert, reject")},
              {"map", text_into(rule.map)},
              {"access", word_into(rule.read_only, read_only_of, "read-write, read-only")}});
    if (!taken) return taken.error();
    if (auto fits = check_rule(rule, table->contains("address")); !fits) {
        return wrong(rule.place + ": " + fits.error().message);
    }
    c.auth.rules.push_back(std::move(rule));
    return {};
}

result<void> load_mapping(const toml::node& node, const std::string& file, config& c) {
    user_mapping m;
    auto taken = take(node, "[[auth.user_map]]", file,
                      {{"map", text_into(m.map)},
                       {"system_user", text_into(m.system_user)},
                       {"user", text_into(m.user)}});
    if (!taken) return taken.error();
    if (m.map.empty() || m.system_user.empty() || m.user.empty()) {
        return wrong(place_of(file, node) + ": a mapping needs map, system_user and user");
    }
    c.auth.user_map.push_back(std::move(m));
    return {};
}

result<void> load_databases(const toml::node& node, const std::string& file, config& c) {
    const auto* table = node.as_table();
    if (table == nullptr) {
        return wrong(place_of(file, node) + ": write [databases.NAME]");
    }
    c.databases.clear();
    for (const auto& [name, inner] : *table) {
        database_config d;
        d.name = name.str();
        d.place = place_of(file, inner);
        auto taken = take(inner, "[databases." + d.name + "]", file,
                          {{"path", text_into(d.path)},
                           {"users", names_into(d.users)},
                           {"mode", word_into(d.relay, relay_of, "file, relay")},
                           {"backend", text_into(d.backend_url)}});
        if (!taken) return taken.error();
        if (auto fits = check_database(d, c.databases); !fits) {
            return wrong(d.place + ": " + fits.error().message);
        }
        c.databases.push_back(std::move(d));
    }
    return {};
}

}  // namespace

bool is_access_table(std::string_view full_name) {
    return full_name == "auth.rules" || full_name == "auth.user_map" || full_name == "databases";
}

result<void> load_access_table(const std::string& full_name, const toml::node& node,
                               const std::string& file, effective_config& into) {
    if (full_name == "databases") return load_databases(node, file, into.values);
    const auto* list = node.as_array();
    if (list == nullptr) return wrong(place_of(file, node) + ": write [[" + full_name + "]]");
    const bool rules = full_name == "auth.rules";
    if (rules) into.values.auth.rules.clear();
    if (!rules) into.values.auth.user_map.clear();
    for (const auto& item : *list) {
        auto loaded =
            rules ? load_rule(item, file, into.values) : load_mapping(item, file, into.values);
        if (!loaded) return loaded.error();
    }
    return {};
}

}  // namespace historyd::conf
