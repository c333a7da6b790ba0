// What sessions and the server are doing: pg_settings, pg_stat_activity, pg_locks,
// pg_prepared_statements and pg_cursors.

#include <absl/time/time.h>

#include <algorithm>
#include <array>

#include "storage/catalog/array_literal.hpp"
#include "storage/catalog/catalog_table.hpp"
#include "storage/settings/settings.hpp"

namespace historyd::catalog {

namespace {

std::string_view context_text(settings::context c) {
    switch (c) {
        case settings::context::internal:
            return "internal";
        case settings::context::postmaster:
            return "postmaster";
        case settings::context::sighup:
            return "sighup";
        case settings::context::backend:
            return "backend";
        case settings::context::superuser:
            return "superuser";
        case settings::context::user:
            break;
    }
    return "user";
}

std::string_view kind_text(settings::kind k) {
    switch (k) {
        case settings::kind::boolean:
            return "bool";
        case settings::kind::integer:
            return "integer";
        case settings::kind::real:
            return "real";
        case settings::kind::enumeration:
            return "enum";
        case settings::kind::string:
            break;
    }
    return "string";
}

std::string enum_literal(std::string_view values) {
    std::string out = "{";
    for (const char c : values) out += c;
    // Words of two parts are quoted as in any array literal.
    for (std::size_t at = 1; at < out.size();) {
        const auto end = std::min(out.find(',', at), out.size());
        if (out.substr(at, end - at).find(' ') != std::string::npos) {
            out.insert(end, 1, '"');
            out.insert(at, 1, '"');
            at = end + 3;
        } else {
            at = end + 1;
        }
    }
    return out + "}";
}

void fill_settings(const row_source& from, row_set& rows) {
    if (from.is_fixed() || !from.context->settings) return;
    for (const auto& setting : settings::all()) {
        const auto shown = from.context->settings->find(std::string(setting.name));
        if (setting.hidden || shown == from.context->settings->end()) continue;
        const auto text = settings::setting_text(setting, shown->second);
        const auto standard = settings::setting_text(setting, std::string(setting.default_value));
        auto row = rows.add();
        row.set("name", setting.name)
            .set("setting", text)
            .set("category", setting.category)
            .set("short_desc", setting.description)
            .set("context", context_text(setting.context))
            .set("vartype", kind_text(setting.kind))
            .set("source", text == standard ? "default" : "session")
            .set("boot_val", standard)
            .set("reset_val", standard)
            .set("pending_restart", false);
        if (!setting.unit.empty()) row.set("unit", setting.unit);
        if (!setting.min.empty()) row.set("min_val", setting.min);
        if (!setting.max.empty()) row.set("max_val", setting.max);
        if (!setting.enum_values.empty()) row.set("enumvals", enum_literal(setting.enum_values));
    }
}

// The storage form of a timestamptz.
std::string timestamp_text(std::int64_t us) {
    return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00:00", absl::FromUnixMicros(us),
                            absl::UTCTimeZone());
}

// Rows the composition root knows. Returns: false when it has none to give.
bool add_live_rows(const row_source& from, row_set& rows) {
    if (!from.context->live_rows) return false;
    auto live = from.context->live_rows(rows.relation().name);
    const bool any = !live.empty();
    for (auto& row : live) {
        if (row.size() == rows.relation().columns.size()) rows.add(std::move(row));
    }
    return any;
}

void fill_activity(const row_source& from, row_set& rows) {
    if (from.is_fixed() || add_live_rows(from, rows)) return;
    const auto& c = *from.context;
    auto row = rows.add();
    row.set("datid", 5)
        .set("datname", c.database)
        .set("pid", c.process_id)
        .set("usesysid", owner_oid)
        .set("usename", c.user)
        .set("application_name", c.application_name)
        .set("client_port", c.client_port)
        .set("state", "active")
        .set("query", "")
        .set("backend_type", "client backend");
    if (!c.client_address.empty()) row.set("client_addr", c.client_address);
    if (!c.io) return;
    row.set("xact_start", timestamp_text(c.io->now_us))
        .set("query_start", timestamp_text(c.statement_start_us))
        .set("state_change", timestamp_text(c.statement_start_us));
}

void fill_locks(const row_source& from, row_set& rows) {
    if (from.is_fixed() || from.context->locks == nullptr) return;
    for (const auto& lock : from.context->locks->rows()) {
        const auto number = static_cast<std::uint64_t>(lock.key.number);
        rows.add()
            .set("locktype", "advisory")
            .set("database", 5)
            .set("classid", static_cast<std::int64_t>(number >> 32))
            .set("objid", static_cast<std::int64_t>(number & 0xffffffffu))
            .set("objsubid", lock.key.is_pair ? 2 : 1)
            .set("pid", lock.process_id)
            .set("mode", lock.shared ? "ShareLock" : "ExclusiveLock")
            .set("granted", lock.granted)
            .set("fastpath", false);
    }
}

void fill_prepared_statements(const row_source& from, row_set& rows) {
    if (from.is_fixed() || from.context->own_objects == nullptr) return;
    for (const auto& s : from.context->own_objects->statements) {
        rows.add()
            .set("name", s.name)
            .set("statement", s.statement)
            .set("prepare_time", timestamp_text(s.created_us))
            .set("parameter_types", array_literal(s.parameter_types))
            .set("from_sql", s.from_sql)
            .set("generic_plans", 0)
            .set("custom_plans", 0);
    }
}

void fill_cursors(const row_source& from, row_set& rows) {
    if (from.is_fixed() || from.context->own_objects == nullptr) return;
    for (const auto& c : from.context->own_objects->cursors) {
        rows.add()
            .set("name", c.name)
            .set("statement", c.statement)
            .set("is_holdable", c.holdable)
            .set("is_binary", c.binary)
            .set("is_scrollable", c.scrollable)
            .set("creation_time", timestamp_text(c.created_us));
    }
}

}  // namespace

std::span<const catalog_table> session_tables() {
    static constexpr std::array tables{
        catalog_table{"pg_catalog_pg_settings", fill_settings, lifetime::statement},
        catalog_table{"pg_catalog_pg_stat_activity", fill_activity, lifetime::statement},
        catalog_table{"pg_catalog_pg_locks", fill_locks, lifetime::statement},
        catalog_table{"pg_catalog_pg_prepared_statements", fill_prepared_statements,
                      lifetime::statement},
        catalog_table{"pg_catalog_pg_cursors", fill_cursors, lifetime::statement},
    };
    return tables;
}

}  // namespace historyd::catalog
