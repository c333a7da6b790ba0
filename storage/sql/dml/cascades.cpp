#include "storage/sql/dml/cascades.hpp"

#include <vector>

namespace historyd::sql {

namespace {

// The tables that are reached from `table` through foreign keys that act; itself only by a way
// back.
template <class Acts>
std::set<schema::oid> reached_from(const schema::schema& s, schema::oid table, Acts acts) {
    std::set<schema::oid> out;
    std::vector<schema::oid> from{table};
    while (!from.empty()) {
        const auto parent = from.back();
        from.pop_back();
        for (const auto& r : s.relations) {
            for (const auto& c : r->constraints) {
                if (c.foreign_relation != parent || !acts(c)) continue;
                if (out.insert(r->id).second) from.push_back(r->id);
            }
        }
    }
    return out;
}

}  // namespace

bool cascades_into_itself(const schema::schema& s, schema::oid table) {
    const auto deletes = [](const schema::constraint& c) { return c.on_delete == 'c'; };
    return reached_from(s, table, deletes).contains(table);
}

std::set<schema::oid> changed_with(const schema::schema& s, schema::oid table) {
    const auto changes = [](char action) {
        return action == 'c' || action == 'n' || action == 'd';  // CASCADE, SET NULL, SET DEFAULT
    };
    auto out = reached_from(s, table, [&](const schema::constraint& c) {
        return changes(c.on_delete) || changes(c.on_update);
    });
    out.insert(table);
    return out;
}

}  // namespace historyd::sql
