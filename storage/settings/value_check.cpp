#include "storage/settings/value_check.hpp"

#include <algorithm>
#include <cctype>

#include "storage/types/input_text.hpp"

namespace historyd::settings {

namespace {

// A word may be cut short as long as only one meaning is left.
bool abbreviates(std::string_view text, std::string_view word, std::size_t at_least) {
    return text.size() >= at_least && text.size() <= word.size() &&
           equal_folded(text, word.substr(0, text.size()));
}

result<std::string> canonical_bool(std::string_view given, std::string_view text) {
    const auto value = parse_bool(text);
    if (!value) {
        return sql_error(sqlstate::invalid_parameter_value,
                         "parameter \"" + std::string(given) + "\" requires a Boolean value");
    }
    return std::string(*value ? "on" : "off");
}

std::vector<std::string_view> words_of(std::string_view list) {
    std::vector<std::string_view> words;
    while (!list.empty()) {
        const auto comma = list.find(',');
        words.push_back(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
    return words;
}

// Spellings that are taken but neither shown nor listed.
std::string_view hidden_spelling(std::string_view setting, std::string_view text) {
    if (setting == "client_min_messages") {
        if (equal_folded(text, "info")) return "info";
        if (equal_folded(text, "debug")) return "debug2";
    }
    if (setting == "synchronous_commit" || setting == "constraint_exclusion" ||
        setting == "backslash_quote" || setting == "force_parallel_mode") {
        for (const std::string_view yes : {"true", "yes", "1"}) {
            if (equal_folded(text, yes)) return "on";
        }
        for (const std::string_view no : {"false", "no", "0"}) {
            if (equal_folded(text, no)) return "off";
        }
    }
    return {};
}

result<std::string> canonical_enum(const definition& setting, std::string_view given,
                                   std::string_view text) {
    const auto words = words_of(setting.enum_values);
    for (const auto word : words) {
        if (equal_folded(word, text)) return std::string(word);
    }
    if (const auto other = hidden_spelling(setting.name, text); !other.empty()) {
        return std::string(other);
    }
    std::string hint = "Available values: ";
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) hint += ", ";
        hint += words[i];
    }
    return invalid_value(given, text).with_hint(hint + ".");
}

}  // namespace

sql_error invalid_value(std::string_view name, std::string_view text) {
    return {
        sqlstate::invalid_parameter_value,
        "invalid value for parameter \"" + std::string(name) + "\": \"" + std::string(text) + "\""};
}

bool equal_folded(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, types::to_lower, types::to_lower);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), types::to_lower);
    return out;
}

std::optional<bool> parse_bool(std::string_view text) {
    if (abbreviates(text, "true", 1) || abbreviates(text, "yes", 1)) return true;
    if (abbreviates(text, "false", 1) || abbreviates(text, "no", 1)) return false;
    // A lone "o" could be either.
    if (equal_folded(text, "on") || text == "1") return true;
    if (abbreviates(text, "off", 2) || text == "0") return false;
    return std::nullopt;
}

result<std::string> canonical_value(const definition& setting, std::string_view given,
                                    std::string_view text) {
    switch (setting.kind) {
        case kind::boolean:
            return canonical_bool(given, text);
        case kind::integer:
            return canonical_integer(setting, given, text);
        case kind::real:
            return canonical_real(setting, given, text);
        case kind::enumeration:
            return canonical_enum(setting, given, text);
        case kind::string:
            break;
    }
    return canonical_string(setting, text);
}

std::optional<std::vector<std::string>> split_identifiers(std::string_view list) {
    std::vector<std::string> names;
    list = types::trim_blanks(list);
    if (list.empty()) return names;
    for (;;) {
        std::string name;
        if (list.starts_with('"')) {
            list.remove_prefix(1);
            for (;;) {
                const auto quote = list.find('"');
                if (quote == std::string_view::npos) return std::nullopt;
                name += list.substr(0, quote);
                list.remove_prefix(quote + 1);
                if (!list.starts_with('"')) break;
                name += '"';
                list.remove_prefix(1);
            }
        } else {
            const auto end = list.find_first_of(", \t\n\r\f\v");
            name = lower(list.substr(0, end));
            if (name.empty()) return std::nullopt;
            list.remove_prefix(std::min(end, list.size()));
        }
        names.push_back(std::move(name));
        list = types::trim_blanks(list);
        if (list.empty()) return names;
        if (list.front() != ',') return std::nullopt;
        list = types::trim_blanks(list.substr(1));
        if (list.empty()) return std::nullopt;
    }
}

std::vector<std::string> searched_schemas(std::vector<std::string> path,
                                          const std::string& temporary) {
    if (temporary.empty()) return path;
    const auto named = std::ranges::find(path, "pg_temp");
    if (named != path.end()) {
        *named = temporary;
    } else {
        path.insert(path.begin(), temporary);
    }
    return path;
}

}  // namespace historyd::settings
