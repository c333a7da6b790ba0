#include "proxy/session/portal.hpp"

namespace historyd::session {

namespace {

sql_error too_many(std::string_view what, std::size_t max) {
    return sql_error(sqlstate::configuration_limit_exceeded, "too many " + std::string(what) +
                                                                 " in this session (limit " +
                                                                 std::to_string(max) + ")")
        .with_hint("Close those no longer needed, or raise the limit in the configuration.");
}

}  // namespace

result<void> statement_store::add_statement(const std::string& name,
                                            named_statement_ptr statement) {
    if (!name.empty() && statements_.contains(name)) {
        return sql_error(sqlstate::duplicate_prepared_statement,
                         "prepared statement \"" + name + "\" already exists");
    }
    if (statements_.size() >= statements_max_ && !statements_.contains(name)) {
        return too_many("prepared statements", statements_max_);
    }
    statements_[name] = std::move(statement);
    return {};
}

result<named_statement_ptr> statement_store::find_statement(const std::string& name) const {
    const auto at = statements_.find(name);
    if (at != statements_.end()) return at->second;
    return sql_error(sqlstate::invalid_sql_statement_name,
                     name.empty() ? "unnamed prepared statement does not exist"
                                  : "prepared statement \"" + name + "\" does not exist");
}

result<void> statement_store::add_portal(portal_ptr p) {
    if (!p->name.empty() && portals_.contains(p->name)) {
        return sql_error(sqlstate::duplicate_cursor, "cursor \"" + p->name + "\" already exists");
    }
    if (portals_.size() >= portals_max_ && !portals_.contains(p->name)) {
        return too_many("portals", portals_max_);
    }
    auto name = p->name;
    portals_[std::move(name)] = std::move(p);
    return {};
}

result<portal_ptr> statement_store::find_portal(const std::string& name) const {
    const auto at = portals_.find(name);
    if (at != portals_.end()) return at->second;
    return sql_error(sqlstate::invalid_cursor_name, "portal \"" + name + "\" does not exist");
}

void statement_store::end_transaction(bool committed) {
    std::erase_if(portals_, [&](const auto& item) {
        auto& p = *item.second;
        // A held cursor belongs to no transaction any more once one has committed.
        if (!p.hold || (!committed && p.savepoint_depth != SIZE_MAX)) return true;
        p.savepoint_depth = SIZE_MAX;
        return false;
    });
}

void statement_store::rollback_to_savepoint(std::size_t depth) {
    std::erase_if(portals_, [&](const auto& item) {
        const auto made = item.second->savepoint_depth;
        return made != SIZE_MAX && made >= depth;
    });
}

std::vector<portal_ptr> statement_store::held_cursors() const {
    std::vector<portal_ptr> held;
    for (const auto& [name, p] : portals_) {
        if (p->hold && p->savepoint_depth != SIZE_MAX) held.push_back(p);
    }
    return held;
}

sqlite::session_objects statement_store::objects() const {
    sqlite::session_objects out;
    for (const auto& [name, s] : statements_) {
        if (name.empty()) continue;
        const auto& prepared = s->statement;
        auto& shown = out.statements.emplace_back();
        shown.name = name;
        if (prepared.raw.query) shown.statement = *prepared.raw.query;
        shown.created_us = s->created_us;
        shown.from_sql = s->from_sql;
        if (!prepared.plan) continue;
        for (const auto& type : prepared.plan->parameters) shown.parameter_types.push_back(type.id);
    }
    for (const auto& [name, p] : portals_) {
        const auto& query = p->statement->statement.raw.query;
        out.cursors.push_back({.name = name,
                               .statement = query ? *query : std::string(),
                               .holdable = p->hold,
                               .binary = p->binary,
                               .scrollable = p->scrollable,
                               .created_us = p->created_us});
    }
    return out;
}

}  // namespace historyd::session
