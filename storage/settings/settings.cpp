#include "storage/settings/settings.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "storage/settings/time_zone_name.hpp"
#include "storage/settings/value_check.hpp"

namespace historyd::settings {

namespace {

sql_error unrecognized(std::string_view name) {
    return {sqlstate::undefined_object,
            "unrecognized configuration parameter \"" + std::string(name) + "\""};
}

sql_error cannot_change(const definition& setting, std::string_view how) {
    return {sqlstate::cant_change_runtime_param,
            "parameter \"" + std::string(setting.name) + "\" " + std::string(how)};
}

// Defaults as SHOW prints them, in the order of all().
const std::string& default_text(const definition& setting) {
    static const std::vector<std::string> shown = [] {
        std::vector<std::string> texts;
        for (const auto& each : all()) {
            auto text = canonical_value(each, each.name, each.default_value);
            texts.push_back(text ? std::move(*text) : std::string(each.default_value));
        }
        return texts;
    }();
    return shown[static_cast<std::size_t>(&setting - all().data())];
}

bool is_identifier(std::string_view part) {
    if (part.empty() || (part[0] >= '0' && part[0] <= '9') || part[0] == '$') return false;
    return std::ranges::all_of(part, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
    });
}

// "extension.parameter": any client may make one up.
bool is_custom(std::string_view name) { return name.find('.') != std::string_view::npos; }

result<void> check_custom_name(std::string_view name) {
    std::string_view rest = name;
    for (;;) {
        const auto dot = rest.find('.');
        if (!is_identifier(rest.substr(0, dot))) {
            return sql_error(sqlstate::invalid_name,
                             "invalid configuration parameter name \"" + std::string(name) + "\"")
                .with_detail(
                    "Custom parameter names must be two or more simple identifiers "
                    "separated by dots.");
        }
        if (dot == std::string_view::npos) return {};
        rest.remove_prefix(dot + 1);
    }
}

// Values of these are the transaction's, not the session's.
bool is_transactional(std::string_view name) {
    return name == "transaction_isolation" || name == "transaction_read_only" ||
           name == "transaction_deferrable";
}

bool changes_io(std::string_view name) {
    return name == "DateStyle" || name == "TimeZone" || name == "IntervalStyle" ||
           name == "bytea_output" || name == "extra_float_digits" || name == "search_path";
}

std::string key_of(const definition* setting, std::string_view name) {
    return setting != nullptr ? std::string(setting->name) : lower(name);
}

}  // namespace

std::string setting_text(const definition& setting, const std::string& shown) {
    if (setting.unit.empty()) return shown;
    const auto number = number_in_base_unit(setting, shown);
    return number ? fmt::format("{:g}", *number) : shown;
}

session_settings::session_settings() = default;

const std::string* session_settings::current(std::string_view key) const {
    if (const auto it = values_.find(key); it != values_.end()) {
        return it->second.local ? &*it->second.local : &it->second.session;
    }
    if (const auto it = defaults_.find(key); it != defaults_.end()) return &it->second;
    const auto* setting = find(key);
    return setting != nullptr ? &default_text(*setting) : nullptr;
}

result<void> session_settings::check_changeable(const definition& setting) const {
    switch (setting.context) {
        case context::internal:
            return cannot_change(setting, "cannot be changed");
        case context::postmaster:
            return cannot_change(setting, "cannot be changed without restarting the server");
        case context::sighup:
            return cannot_change(setting, "cannot be changed now");
        case context::backend:
            return cannot_change(setting, "cannot be set after connection start");
        case context::superuser:
            return sql_error(
                sqlstate::insufficient_privilege,
                "permission denied to set parameter \"" + std::string(setting.name) + "\"");
        case context::user:
            break;
    }
    return {};
}

result<std::string> session_settings::checked(const definition* setting, std::string_view given,
                                              std::string_view value) const {
    if (setting == nullptr) {
        if (!is_custom(given)) return unrecognized(given);
        if (auto name = check_custom_name(given); !name) return name.error();
        return std::string(value);
    }
    if (setting->name == "DateStyle") {
        const auto now = parse_date_style(get("DateStyle"), {});
        auto words = parse_date_style(value, now ? *now : date_style_words{});
        if (!words) return words.error();
        return date_style_text(*words);
    }
    const auto is_other_role = [&] { return value != get("session_authorization"); };
    if ((setting->name == "session_authorization" && is_other_role()) ||
        (setting->name == "role" && value != "none" && is_other_role())) {
        return sql_error(sqlstate::invalid_parameter_value,
                         "role \"" + std::string(value) + "\" does not exist");
    }
    auto text = canonical_value(*setting, given, value);
    if (text && setting->name == "standard_conforming_strings" && *text == "off") {
        return unsupported("standard_conforming_strings cannot be turned off",
                           "Write E'...' for string literals with backslash escapes.");
    }
    return text;
}

void session_settings::changed(std::string_view key) {
    snapshot_.reset();
    frequent_.reset();
    report_due_ = true;
    if (changes_io(key)) {
        io_.reset();
        ++io_epoch_;
    }
}

void session_settings::store(const std::string& key, std::string value, bool local) {
    if (local && levels_.empty()) return;
    constexpr std::string_view defaults = "default_";
    if (!levels_.empty() && key.starts_with(defaults) &&
        is_transactional(key.substr(defaults.size()))) {
        // A transaction goes on as it began.
        const auto own = key.substr(defaults.size());
        store(own, std::string(*shown(own)), true);
    }
    const auto* before = shown(key);
    const bool differs = before == nullptr || *before != value;
    const auto it = values_.find(key);
    if (!levels_.empty()) {
        // Only the first change within a level has the state to go back to.
        levels_.back().try_emplace(
            key, it == values_.end() ? std::nullopt : std::optional<state>(it->second));
    }
    if (local) {
        auto& entry = it == values_.end()
                          ? values_.emplace(key, state{before ? *before : "", {}}).first->second
                          : it->second;
        entry.local = std::move(value);
    } else {
        values_.insert_or_assign(key, state{std::move(value), std::nullopt});
    }
    if (differs) changed(key);
}

result<void> session_settings::set(std::string_view name, std::string_view value, bool local) {
    const auto* setting = find(name);
    if (setting != nullptr) {
        if (auto allowed = check_changeable(*setting); !allowed) return allowed;
    }
    auto text = checked(setting, name, value);
    if (!text) return text.error();
    store(key_of(setting, name), std::move(*text),
          local || (setting != nullptr && is_transactional(setting->name)));
    return {};
}

void session_settings::store_default(const std::string& key, std::string value) {
    values_.erase(key);
    defaults_.insert_or_assign(key, std::move(value));
    changed(key);
}

result<void> session_settings::set_default(std::string_view name, std::string_view value) {
    const auto* setting = find(name);
    if (setting != nullptr && setting->context != context::backend) {
        if (auto allowed = check_changeable(*setting); !allowed) return allowed;
    }
    auto text = checked(setting, name, value);
    if (!text) return text.error();
    store_default(key_of(setting, name), std::move(*text));
    return {};
}

result<void> session_settings::set_internal(std::string_view name, std::string_view value) {
    const auto* setting = find(name);
    if (setting == nullptr) return unrecognized(name);
    auto text = canonical_value(*setting, name, value);
    if (!text) return text.error();
    store_default(std::string(setting->name), std::move(*text));
    return {};
}

result<void> session_settings::reset(std::string_view name, bool local) {
    const auto* setting = find(name);
    if (setting == nullptr) {
        const auto key = lower(name);
        if (!is_custom(name)) return unrecognized(name);
        if (current(key) != nullptr) {
            const auto it = defaults_.find(key);
            store(key, it == defaults_.end() ? std::string() : it->second, local);
        }
        return {};
    }
    if (auto allowed = check_changeable(*setting); !allowed) return allowed;
    const std::string key(setting->name);
    if (is_transactional(key)) {
        store(key, *current("default_" + key), true);
        return {};
    }
    const auto it = defaults_.find(key);
    store(key, it == defaults_.end() ? default_text(*setting) : it->second, local);
    return {};
}

void session_settings::reset_all() {
    std::vector<std::string> names;
    for (const auto& [name, each] : values_) {
        // RESET ALL leaves who the session is, and the transaction, alone.
        if (!is_transactional(name) && name != "role" && name != "session_authorization" &&
            name != "seed") {
            names.push_back(name);
        }
    }
    for (const auto& name : names) (void)reset(name);
}

std::string session_settings::get(std::string_view name) const {
    auto text = show(name);
    return text ? std::move(*text) : std::string();
}

// Those of the transaction show what it starts with, or the next one, until they are set.
const std::string* session_settings::shown(std::string_view key) const {
    if (!is_transactional(key)) return current(key);
    const auto own = values_.find(key);
    if (own != values_.end() && own->second.local) return &*own->second.local;
    return current("default_" + std::string(key));
}

result<std::string> session_settings::show(std::string_view name) const {
    const auto* setting = find(name);
    const auto key = key_of(setting, name);
    if (key == "seed") return std::string("unavailable");
    if (const auto* value = shown(key)) return *value;
    return unrecognized(name);
}

std::int64_t session_settings::get_ms(std::string_view name) const {
    const auto* setting = find(name);
    const auto* shown = setting != nullptr ? current(setting->name) : nullptr;
    if (shown == nullptr) return 0;
    const auto number = number_in_base_unit(*setting, *shown);
    if (!number) return 0;
    const double scale = setting->unit == "s" ? 1e3 : setting->unit == "min" ? 60e3 : 1.0;
    return std::llround(*number * scale);
}

const frequent_settings& session_settings::frequent() const {
    if (frequent_) return *frequent_;
    const auto isolation = get("transaction_isolation");
    frequent_ = {
        .statement_timeout_ms = get_ms("statement_timeout"),
        .lock_timeout_ms = get_ms("lock_timeout"),
        .idle_session_timeout_ms = get_ms("idle_session_timeout"),
        .idle_in_transaction_session_timeout_ms = get_ms("idle_in_transaction_session_timeout"),
        .read_only = get_bool("transaction_read_only"),
        .snapshot_isolation = isolation == "repeatable read" || isolation == "serializable",
        .serializable = isolation == "serializable",
        .application_name = get("application_name")};
    return *frequent_;
}

bool session_settings::get_bool(std::string_view name) const {
    const auto text = show(name);
    return text && *text == "on";
}

}  // namespace historyd::settings
