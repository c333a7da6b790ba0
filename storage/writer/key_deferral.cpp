#include "storage/writer/key_deferral.hpp"

#include <algorithm>

#include "storage/base/quoted.hpp"
#include "storage/base/value_rows.hpp"
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

// Returns: the 23503 of a row without a parent, nullopt when each has one.
result<std::optional<sql_error>> find_orphan(sqlite::database& db, const schema::schema& s,
                                             const schema::relation& r,
                                             const schema::constraint& key,
                                             const types::io_settings& io) {
    const auto* parent = s.find_relation(key.foreign_relation);
    const auto sql = parent == nullptr ? std::string() : orphan_sql(r, *parent, key);
    if (sql.empty()) return std::optional<sql_error>();
    value_rows found;
    if (auto read = db.execute(sql, {}, &found); !read) return read.error();
    if (found.rows.empty()) return std::optional<sql_error>();
    return std::optional(missing_parent(s, r, *parent, key, found.rows.front(), io));
}

// The same of all foreign keys that are as `is` asks.
template <class Predicate>
result<std::optional<sql_error>> find_orphan(sqlite::database& db, const schema::schema& s,
                                             const Predicate& is, const types::io_settings& io) {
    for (const auto& r : s.relations) {
        for (const auto& c : r->constraints) {
            if (c.kind != schema::constraint_kind::foreign_key || !is(*r, c)) continue;
            auto found = find_orphan(db, s, *r, c, io);
            if (!found || *found) return found;
        }
    }
    return std::optional<sql_error>();
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
    auto found = find_orphan(
        db, s, [&](const auto& r, const auto& c) { return !keys.waits(r, c); }, io);
    if (!found) return found.error();
    if (*found) return **found;
    return {};
}

std::optional<sql_error> violation_at_commit(sqlite::database& db, const schema::schema& s,
                                             bool all) {
    constexpr int steps_max = 200'000;  // some 10 ms: others wait
    db.limit_steps(steps_max);
    auto found = find_orphan(
        db, s, [all](const auto&, const auto& c) { return all || c.initially_deferred; },
        types::io_settings());
    db.limit_steps(std::nullopt);
    return found ? std::move(*found) : std::nullopt;
}

}  // namespace historyd::writer
