// session_settings: what transactions undo, and what is derived from the values.

#include <boost/flyweight.hpp>
#include <boost/functional/hash.hpp>

#include <algorithm>
#include <utility>

#include "storage/settings/settings.hpp"
#include "storage/settings/time_zone_name.hpp"
#include "storage/settings/value_check.hpp"

namespace historyd::settings {

namespace {

types::interval_style interval_style_of(std::string_view text) {
    if (text == "postgres_verbose") return types::interval_style::postgres_verbose;
    if (text == "sql_standard") return types::interval_style::sql_standard;
    if (text == "iso_8601") return types::interval_style::iso_8601;
    return types::interval_style::postgres;
}

}  // namespace

void session_settings::begin() {
    if (levels_.empty()) levels_.emplace_back();
}

void session_settings::commit() {
    levels_.clear();
    for (auto& [name, each] : values_) {
        const auto local = std::exchange(each.local, std::nullopt);
        // Shown between transactions: the session's value; of transaction_*, the default's.
        if (local && *local != *shown(name)) changed(name);
    }
}

void session_settings::restore(undo_level& level) {
    for (auto& [name, before] : level) {
        const std::string ended = *shown(name);
        if (before) {
            values_.insert_or_assign(name, std::move(*before));
        } else {
            values_.erase(name);
        }
        const auto* now = shown(name);
        if (now == nullptr || *now != ended) changed(name);
    }
    level.clear();
}

void session_settings::rollback() {
    while (!levels_.empty()) {
        restore(levels_.back());
        levels_.pop_back();
    }
}

void session_settings::savepoint() {
    if (!levels_.empty()) levels_.emplace_back();
}

void session_settings::release() {
    if (levels_.size() < 2) return;
    auto top = std::move(levels_.back());
    levels_.pop_back();
    levels_.back().merge(top);  // the outer level's own earlier state wins
}

void session_settings::rollback_to() {
    if (levels_.size() >= 2) restore(levels_.back());
}

std::vector<report> session_settings::take_reports() {
    std::vector<report> changes;
    if (!std::exchange(report_due_, false)) return changes;
    auto reports = all_reports();
    const bool first = reported_.empty();
    reported_.resize(reports.size());
    for (std::size_t i = 0; i < reports.size(); ++i) {
        if (!first && reported_[i] == reports[i].value) continue;
        reported_[i] = reports[i].value;
        changes.push_back(std::move(reports[i]));
    }
    return changes;
}

std::vector<report> session_settings::all_reports() const {
    std::vector<report> reports;
    for (const auto& setting : all()) {
        if (setting.report) reports.push_back({std::string(setting.name), *current(setting.name)});
    }
    return reports;
}

std::shared_ptr<const types::io_settings> session_settings::io() const {
    if (io_) return io_;
    auto io = std::make_shared<types::io_settings>();
    if (const auto words = parse_date_style(*current("DateStyle"), {})) {
        io->style = words->style;
        io->order = words->order;
    }
    io->intervals = interval_style_of(*current("IntervalStyle"));
    io->bytea = *current("bytea_output") == "escape" ? types::bytea_output::escape
                                                     : types::bytea_output::hex;
    io->extra_float_digits = std::stoi(*current("extra_float_digits"));
    if (auto zone = find_time_zone(*current("TimeZone"))) {
        io->time_zone = zone->zone;
        io->time_zone_name = std::move(zone->name);
    }
    io_ = std::move(io);
    return io_;
}

std::vector<std::string> session_settings::search_path() const {
    auto names = split_identifiers(*current("search_path")).value_or(std::vector<std::string>());
    std::erase_if(names, [](const std::string& name) { return name == "$user" || name.empty(); });
    return names;
}

std::shared_ptr<const std::map<std::string, std::string>> session_settings::snapshot() const {
    if (snapshot_) return snapshot_;
    using texts = std::map<std::string, std::string>;
    texts copy;
    for (const auto& setting : all()) copy.emplace(setting.name, get(setting.name));
    for (const auto& [name, each] : values_) copy.try_emplace(name, get(name));
    for (const auto& [name, text] : defaults_) copy.try_emplace(name, text);
    // Some 30 KiB, and most sessions' settings are alike: those share one.
    const auto shared = std::make_shared<boost::flyweight<texts>>(std::move(copy));
    snapshot_ = std::shared_ptr<const texts>(shared, &shared->get());
    return snapshot_;
}

}  // namespace historyd::settings
