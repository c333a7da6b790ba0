#include "storage/writer/key_deferral.hpp"

#include <algorithm>

#include "storage/base/quoted.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/sqlite/error.hpp"
#include "storage/writer/row_detail.hpp"

namespace historyd::writer {

namespace {

// Whether some foreign key is as `is` asks, given its table and itself.
template <class Predicate>
bool any_foreign_key(const schema::schema& s, const Predicate& is) {
    return std::ranges::any_of(s.relations, [&](const auto& r) {
        return std::ranges::any_of(r->constraints, [&](const auto& c) {
            return c.kind == schema::constraint_kind::foreign_key && is(*r, c);
        });
    });
}

// The key of a row of `r` that has no parent, MATCH SIMPLE.
std::string orphan_sql(const schema::relation& r, const schema::relation& parent,
                       const schema::constraint& key) {
    std::string columns, known, same;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
        const auto* here = r.find_column(key.columns[i]);
        const auto* there = parent.find_column(key.foreign_columns[i]);
        if (here == nullptr || there == nullptr) return {};
        const auto column = "child." + quote_name(here->name);
        columns += (i == 0 ? "" : ", ") + column;
        known += (i == 0 ? "" : " AND ") + column + " IS NOT NULL";
        same += (i == 0 ? "" : " AND ") + ("parent." + quote_name(there->name)) + " = " + column;
    }
    return "SELECT " + columns + " FROM " + quote_name(r.sqlite_name) + " AS child WHERE " + known +
           " AND NOT EXISTS (SELECT 1 FROM " + quote_name(parent.sqlite_name) +
           " AS parent WHERE " + same + ") LIMIT 1";
}

result<void> check_key(sqlite::database& db, const schema::schema& s, const schema::relation& r,
                       const schema::constraint& key, const types::io_settings& io) {
    const auto* parent = s.find_relation(key.foreign_relation);
    const auto sql = parent == nullptr ? std::string() : orphan_sql(r, *parent, key);
    if (sql.empty()) return {};
    value_rows found;
    if (auto read = db.execute(sql, {}, &found); !read) return read.error();
    if (found.rows.empty()) return {};
    return missing_parent(s, r, *parent, key, found.rows.front(), io);
}

}  // namespace

void key_deferral::set(bool deferred, std::span<const constraint_key> keys) {
    if (keys.empty()) {
        all_ = deferred;
        single_.clear();
    }
    for (const auto& key : keys) single_[key] = deferred;
}

bool key_deferral::waits(const schema::relation& r, const schema::constraint& c) const {
    if (!c.deferrable) return false;
    const auto set = single_.find({r.id, c.name});
    return set != single_.end() ? set->second : all_.value_or(c.initially_deferred);
}

bool key_deferral::exceeds_declared(const schema::schema& s) const {
    return any_foreign_key(
        s, [&](const auto& r, const auto& c) { return !c.initially_deferred && waits(r, c); });
}

result<void> check_keys(sqlite::database& db, const schema::schema& s, const key_deferral& keys,
                        const types::io_settings& io) {
    const bool none_waits =
        !any_foreign_key(s, [&](const auto& r, const auto& c) { return keys.waits(r, c); });
    if (none_waits) {
        return sqlite::constraint_error(SQLITE_CONSTRAINT_FOREIGNKEY,
                                        "FOREIGN KEY constraint failed", &s, 0);
    }
    for (const auto& r : s.relations) {
        for (const auto& c : r->constraints) {
            if (c.kind != schema::constraint_kind::foreign_key || keys.waits(*r, c)) continue;
            if (auto checked = check_key(db, s, *r, c, io); !checked) return checked;
        }
    }
    return {};
}

}  // namespace historyd::writer
