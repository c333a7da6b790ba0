#include <algorithm>
#include <cctype>
#include <chrono>
#include <thread>

#include "storage/settings/settings.hpp"
#include "storage/settings/value_check.hpp"
#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/letter_case.hpp"
#include "storage/types/array_text.hpp"

// What a session is and what it has set: version(), current_user, current_setting(), set_config(),
// ...

namespace historyd::sqlite {
namespace {

std::string shown(const function_call& c, std::string_view setting) {
    const auto* session = c.session();
    if (session == nullptr || !session->settings) return {};
    const auto found = session->settings->find(std::string(setting));
    return found == session->settings->end() ? std::string() : found->second;
}

result<value> version(const function_call& c) {
    auto server = shown(c, "server_version");
    if (server.empty()) server = "15.0";
    return value("PostgreSQL " + server.substr(0, server.find(' ')) +
                 " (historyd " HISTORYD_VERSION
                 ") on x86_64-pc-linux-gnu, compiled by "
                 "g++ " __VERSION__ ", 64-bit");
}

result<value> current_database(const function_call& c) {
    return value(c.session() != nullptr ? c.session()->database : std::string());
}

result<value> current_user(const function_call& c) {
    return value(c.session() != nullptr ? c.session()->user : std::string());
}

// The schemas of the search path that exist, in its order; `implicit`: with those that are searched
// without being named.
std::vector<std::string> existing_schemas(const function_call& c, bool implicit) {
    const auto* session = c.session();
    if (session == nullptr || !session->schema) return {};
    auto names =
        settings::split_identifiers(shown(c, "search_path")).value_or(std::vector<std::string>());
    const bool names_catalog = std::ranges::find(names, "pg_catalog") != names.end();
    if (implicit && !names_catalog) names.insert(names.begin(), "pg_catalog");
    if (implicit) names = settings::searched_schemas(std::move(names), session->temporary_schema);
    for (auto& name : names) {
        if (name == "$user") name = session->user;
    }
    std::erase_if(
        names, [&](const auto& name) { return session->schema->find_namespace(name) == nullptr; });
    return names;
}

result<value> current_schema(const function_call& c) {
    auto names = existing_schemas(c, false);
    if (names.empty()) return value();
    return value(std::move(names.front()));
}

result<value> current_schemas(const function_call& c) {
    const auto names = existing_schemas(c, c.boolean(0));
    return value(types::array_to_text(types::one_dimensional({names.begin(), names.end()})));
}

std::int64_t own_temporary_schema(const function_call& c) {
    const auto* session = c.session();
    if (session == nullptr || session->temporary_schema.empty()) return 0;
    const auto* space = session->schema->find_namespace(session->temporary_schema);
    return space == nullptr ? 0 : space->id;
}

result<value> my_temp_schema(const function_call& c) { return value(own_temporary_schema(c)); }

result<value> is_other_temp_schema(const function_call& c) {
    const auto* session = c.session();
    const auto id = c.integer(0);
    const bool is_temporary = session != nullptr && session->schema &&
                              session->schema->is_temporary(static_cast<schema::oid>(id));
    return value(std::int64_t{is_temporary && id != own_temporary_schema(c)});
}

sql_error unknown_setting(std::string_view name) {
    return {sqlstate::undefined_object,
            "unrecognized configuration parameter \"" + std::string(name) + "\""};
}

// A setting's spelling as the session's snapshot has it.
std::string canonical_name(std::string_view name) {
    const auto* known = settings::find(name);
    return known != nullptr ? std::string(known->name) : lower_text(name);
}

result<value> current_setting(const function_call& c) {
    const auto* session = c.session();
    const auto name = canonical_name(c.text(0));
    if (session != nullptr) {
        // What set_config() has done in this very statement counts already.
        const auto& changes = session->session_effects->set_config;
        const auto changed = std::find_if(
            changes.rbegin(), changes.rend(),
            [&](const auto& change) { return canonical_name(std::get<0>(change)) == name; });
        if (changed != changes.rend()) return value(std::get<1>(*changed));
        if (session->settings) {
            const auto found = session->settings->find(name);
            if (found != session->settings->end()) return value(found->second);
        }
    }
    if (c.boolean(1)) return value();
    return unknown_setting(c.text(0));
}

// set_config(name, value, local): checked here, applied by the session when the statement is done.
result<value> set_config(const function_call& c) {
    if (c.is_null(0)) {
        return sql_error(sqlstate::null_value_not_allowed, "SET requires parameter name");
    }
    const std::string name(c.text(0));
    settings::session_settings checker;
    if (!c.is_null(1)) {
        if (auto ok = checker.set(name, c.text(1), false); !ok) return ok.error();
    } else if (settings::find(name) == nullptr && name.find('.') == std::string::npos) {
        return unknown_setting(name);
    }
    auto now = checker.show(name);
    if (!now) return now.error();
    if (const auto* session = c.session(); session != nullptr) {
        session->session_effects->set_config.emplace_back(name, *now,
                                                          !c.is_null(2) && c.boolean(2));
    }
    return value(std::move(*now));
}

result<value> backend_pid(const function_call& c) {
    return value(std::int64_t{c.session() != nullptr ? c.session()->process_id : 0});
}

result<value> client_port(const function_call& c) {
    if (c.session() == nullptr || c.session()->client_port < 0) return value();
    return value(std::int64_t{c.session()->client_port});
}

result<value> server_port(const function_call& c) {
    // Over a Unix socket there is no port at either end.
    if (c.session() == nullptr || c.session()->client_port < 0) return value();
    const auto port = shown(c, "port");
    if (port.empty()) return value();
    return value(static_cast<std::int64_t>(std::strtol(port.c_str(), nullptr, 10)));
}

result<value> start_time(const function_call&) {
    static const auto started = std::chrono::duration_cast<std::chrono::microseconds>(
                                    std::chrono::system_clock::now().time_since_epoch())
                                    .count();
    return timestamptz_value(std::int64_t{started});
}

result<value> transaction_id(const function_call& c) {
    return value(c.session() != nullptr ? static_cast<std::int64_t>(c.session()->transaction_id)
                                        : std::int64_t{0});
}

// pg_sleep(): wakes up to look at cancellation, which SQLite cannot do while a function runs.
result<value> sleep(const function_call& c) {
    using clock = std::chrono::steady_clock;
    constexpr auto nap = std::chrono::milliseconds(5);
    constexpr double seconds_max = 1e9;
    const double seconds = c.real(0);
    if (!(seconds > 0)) return value(std::string());
    const auto until =
        clock::now() + std::chrono::duration_cast<clock::duration>(
                           std::chrono::duration<double>(std::min(seconds, seconds_max)));
    while (clock::now() < until) {
        if (const auto* session = c.session(); session != nullptr) {
            if (session->cancelled->load()) {
                return sql_error(sqlstate::query_canceled,
                                 "canceling statement due to user request");
            }
            if (clock::now() >= session->deadline) {
                return sql_error(sqlstate::query_canceled,
                                 "canceling statement due to statement timeout");
            }
        }
        std::this_thread::sleep_for(std::min<clock::duration>(nap, until - clock::now()));
    }
    return value(std::string());
}

}  // namespace

std::span<const scalar_function> session_functions() {
    static constexpr scalar_function functions[] = {
        strict<version>("pg_version", 0),
        strict<current_database>("pg_current_database", 0),
        strict<current_user>("pg_current_user", 0),
        strict<current_schema>("pg_current_schema", 0),
        strict<current_schemas>("pg_current_schemas", 1),
        strict<my_temp_schema>("pg_my_temp_schema", 0),
        strict<is_other_temp_schema>("pg_is_other_temp_schema", 1),
        strict_volatile<current_setting>("pg_current_setting", 2),
        nullable_volatile<set_config>("pg_set_config", 3),
        strict<backend_pid>("pg_backend_pid", 0),
        strict<client_port>("pg_inet_client_port", 0),
        strict<server_port>("pg_inet_server_port", 0),
        strict<start_time>("pg_postmaster_start_time", 0),
        strict<transaction_id>("pg_txid_current", 0),
        strict_volatile<sleep>("pg_sleep_seconds", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
