#include "storage/outbox/former_types.hpp"

#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/capture_sql.hpp"

namespace historyd::outbox {

namespace {

// Names have no NUL.
std::string path_of(std::string_view table, std::string_view column) {
    std::string out(table);
    out += '\0';
    out += column;
    return out;
}

}  // namespace

result<former_types> former_types::load(sqlite::database& db) {
    former_types out;
    auto there = catalog::has_table(db, "historyd_former_type");
    if (!there) return there.error();
    if (!*there) return out;
    auto rows =
        catalog::query(db, "SELECT tbl, column_name, last_seq, type FROM historyd_former_type");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const catalog::stored_row row(values);
        out.types_[path_of(row.text(0), row.text(1))][row.integer(2)] = row.number<schema::oid>(3);
    }
    return out;
}

std::optional<schema::oid> former_types::at(std::string_view table, std::string_view column,
                                            std::int64_t seq) const {
    if (types_.empty()) return std::nullopt;
    const auto known = types_.find(path_of(table, column));
    if (known == types_.end()) return std::nullopt;
    const auto until = known->second.lower_bound(seq);
    return until == known->second.end() ? std::nullopt : std::optional(until->second);
}

result<void> remember_types(sqlite::database& db, const schema::schema& before,
                            const schema::schema& after, std::int64_t pruned_seq) {
    auto forgotten = db.execute("DELETE FROM historyd_former_type WHERE last_seq <= ?1",
                                std::vector<value>{pruned_seq}, nullptr);
    if (!forgotten) return forgotten.error();
    for (const auto& r : before.relations) {
        if (r->is_catalog || r->kind != schema::relation_kind::table) continue;
        const auto* space = before.find_namespace(r->namespace_id);
        const auto* now = space == nullptr ? nullptr : after.find_relation(space->name, r->name);
        for (const auto& c : r->columns) {
            const auto* same = now == nullptr ? nullptr : now->find_column(c.name);
            if (same != nullptr && same->type.id == c.type.id) continue;
            auto kept = db.execute(
                "INSERT OR REPLACE INTO historyd_former_type SELECT ?1, ?2, seq, ?3"
                " FROM sqlite_sequence WHERE name = 'historyd_outbox' AND seq > ?4",
                std::vector<value>{qualified_name(before, *r), c.name,
                                   static_cast<std::int64_t>(c.type.id), pruned_seq},
                nullptr);
            if (!kept) return kept.error();
        }
    }
    return {};
}

}  // namespace historyd::outbox
