#include "conf/config_loader.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "conf/access_loader.hpp"
#include "conf/config_keys.hpp"

namespace historyd::conf {

namespace {

// "historyd.toml:3:1"
std::string place_of(const std::string& file, const toml::source_position& at) {
    return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

sql_error at(const std::string& place, std::string_view message) {
    return {sqlstate::config_file_error, place + ": " + std::string(message)};
}

result<void> assign_node(const key& k, const toml::node& node, config& c) {
    if (const auto* number = node.as_integer()) return assign(k, c, number->get());
    if (const auto* text = node.as_string()) return assign(k, c, text->get());
    if (const auto* array = node.as_array()) {
        std::vector<std::string> list;
        for (const auto& item : *array) {
            const auto* text = item.as_string();
            if (text == nullptr) {
                return sql_error(sqlstate::config_file_error,
                                 std::string(k.name) + ": every item is text, in quotes");
            }
            list.push_back(text->get());
        }
        return assign(k, c, list);
    }
    return sql_error(sqlstate::config_file_error,
                     std::string(k.name) + ": a value of this kind is not used here");
}

result<void> walk(const toml::table& table, const std::string& prefix, const std::string& file,
                  effective_config& into) {
    for (const auto& [name, node] : table) {
        const auto full = prefix + std::string(name.str());
        const auto place = place_of(file, name.source().begin);
        const auto* k = find_key(full);
        if (is_access_table(full)) {
            if (auto done = load_access_table(full, node, file, into); !done) return done.error();
            into.origins[full] = place;
            continue;
        }
        if (k == nullptr) {
            const auto* inner = node.as_table();
            const bool is_table = std::any_of(keys().begin(), keys().end(), [&](const key& other) {
                return other.name.starts_with(full + ".");
            });
            if (inner != nullptr && is_table) {
                if (auto done = walk(*inner, full + ".", file, into); !done) return done.error();
                continue;
            }
            const auto meant = nearest_key(full);
            return at(place,
                      "unknown key \"" + full + "\"" +
                          (meant.empty() ? "" : "; did you mean \"" + std::string(meant) + "\"?"));
        }
        if (auto stored = assign_node(*k, node, into.values); !stored) {
            return at(place_of(file, node.source().begin), stored.error().message);
        }
        into.origins[full] = place;
    }
    return {};
}

}  // namespace

result<void> load_toml(std::string_view text, const std::string& name, effective_config& into) {
    try {
        return walk(toml::parse(text, name), {}, name, into);
    } catch (const toml::parse_error& e) {
        return at(place_of(name, e.source().begin), e.description());
    }
}

result<void> load_file(const std::filesystem::path& file, effective_config& into) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad()) {
        return sql_error(sqlstate::config_file_error,
                         "cannot read the configuration file " + file.string());
    }
    return load_toml(text, file.string(), into);
}

result<void> load_environment(const environment& variables, effective_config& into) {
    for (const auto& k : keys()) {
        const auto name = k.environment_name();
        const auto text = variables(name);
        if (!text) continue;
        if (auto stored = assign_text(k, into.values, *text); !stored) {
            return at(name, stored.error().message);
        }
        into.origins[std::string(k.name)] = name;
    }
    return {};
}

result<void> load_option(std::string_view key_name, const std::string& option,
                         const std::string& text, effective_config& into) {
    const auto* k = find_key(key_name);
    if (k == nullptr) return at(option, "unknown key \"" + std::string(key_name) + "\"");
    if (auto stored = assign_text(*k, into.values, text); !stored) {
        return at(option, stored.error().message);
    }
    into.origins[std::string(key_name)] = option;
    return {};
}

}  // namespace historyd::conf
