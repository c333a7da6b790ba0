#include "storage/writer/first_change.hpp"

#include <spdlog/spdlog.h>

#include "storage/base/value_rows.hpp"
#include "storage/sqlite/backup.hpp"

namespace historyd::writer {

namespace {

result<std::int64_t> number(sqlite::database& db, const std::string& sql) {
    value_rows rows;
    if (auto read = db.execute(sql, {}, &rows); !read) return read.error();
    return std::get<std::int64_t>(rows.rows.at(0).at(0));
}

std::filesystem::path free_name(const std::filesystem::path& file) {
    const auto base = file.string() + ".before-historyd";
    auto name = base;
    for (int n = 2; std::filesystem::exists(name); ++n) name = base + "." + std::to_string(n);
    return name;
}

}  // namespace

result<void> copy_before_first_change(const std::filesystem::path& file, sqlite::database& db,
                                      std::span<const sqlite::database::extension> extensions) {
    const auto tables = number(db, "SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    const auto ours =
        number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'historyd_catalog'");
    if (!ours) return ours.error();
    if (*tables == 0 || *ours != 0) return {};
    const auto copy = free_name(file);
    if (auto made = sqlite::back_up(db, copy, extensions); !made) {
        auto why = made.error();
        why.message = "no copy could be made before the first change: " + why.message;
        if (!why.detail.empty()) why.message += ". " + why.detail;
        return why;
    }
    spdlog::info("first use of {}: what it was is kept, verified, in {}", file.string(),
                 copy.string());
    return {};
}

result<void> report_unfinished_migration(const std::filesystem::path& file, sqlite::database& db) {
    for (const std::string table : {"history_old", "old_history"}) {
        const auto there =
            number(db, "SELECT count(*) FROM sqlite_schema WHERE name = '" + table + "'");
        if (!there) return there.error();
        if (*there == 0) continue;
        const auto rows = number(db, "SELECT count(*) FROM " + table);
        if (!rows) return rows.error();
        spdlog::warn(
            "a migration of mem0 was left half finished: {} has {} rows that history may "
            "lack; `historyd import {}` brings them there",
            table, *rows, file.string());
    }
    return {};
}

}  // namespace historyd::writer
