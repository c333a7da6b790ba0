#include "storage/outbox/hydration_mark.hpp"

#include "storage/catalog/stored_rows.hpp"
#include "storage/schema/own_tables.hpp"

namespace historyd::outbox {

namespace {

result<bool> exists(sqlite::database& db, const std::string& sql) {
    auto rows = catalog::query(db, sql);
    if (!rows) return rows.error();
    return !rows->empty();
}

}  // namespace

result<std::optional<hydration_mark>> load_hydration(sqlite::database& db) {
    auto there = catalog::has_table(db, "historyd_hydration");
    if (!there) return there.error();
    if (!*there) return std::optional<hydration_mark>();
    auto rows = catalog::query(db, "SELECT backend_uuid, complete FROM historyd_hydration");
    if (!rows) return rows.error();
    if (rows->empty()) return std::optional<hydration_mark>();
    const catalog::stored_row row(rows->front());
    return std::optional(hydration_mark{.backend_uuid = row.text(0), .complete = row.flag(1)});
}

result<void> save_hydration(sqlite::database& db, const hydration_mark& mark) {
    auto made = db.run(
        "CREATE TABLE IF NOT EXISTS historyd_hydration(one INTEGER PRIMARY KEY CHECK(one = 1),"
        " backend_uuid TEXT NOT NULL, complete INTEGER NOT NULL)");
    if (!made) return made;
    auto saved =
        db.execute("INSERT OR REPLACE INTO historyd_hydration VALUES (1, ?1, ?2)",
                   std::vector<value>{mark.backend_uuid, std::int64_t{mark.complete}}, nullptr);
    if (!saved) return saved.error();
    return {};
}

result<void> forget_hydration(sqlite::database& db) {
    return db.run("DROP TABLE IF EXISTS historyd_hydration");
}

result<bool> is_untouched(sqlite::database& db) {
    auto used = exists(db, "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND " +
                               std::string(schema::is_users));
    if (!used) return used.error();
    if (*used) return false;
    // There once an AUTOINCREMENT table is.
    auto numbered =
        exists(db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'sqlite_sequence'");
    if (!numbered) return numbered.error();
    if (!*numbered) return true;
    auto journaled = exists(db, "SELECT 1 FROM sqlite_sequence WHERE name = 'historyd_outbox'");
    if (!journaled) return journaled.error();
    return !*journaled;
}

}  // namespace historyd::outbox
