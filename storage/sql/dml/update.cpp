#include "storage/sql/dml/assignments.hpp"
#include "storage/sql/dml/changes.hpp"

namespace historyd::sql {

result<std::shared_ptr<plan>> update_rows(translator& t, const PgQuery__UpdateStmt& node) {
    scope names;
    auto target = find_target(t, names, *node.relation, "UPDATE");
    if (!target) return target.error();
    const auto& table = *target->relation;
    with_frame frame;
    auto with = t.with_clause(node.with_clause, frame, nullptr);
    if (!with) return with.error();
    names.with = &frame;
    names.show(*target->entry);
    auto from = t.from_clause(list_of(node.n_from_clause, node.from_clause), names);
    if (!from) return from.error();
    auto set = assignments(t, table, list_of(node.n_target_list, node.target_list), names);
    if (!set) return set.error();

    auto out = new_change_plan(t, command::update, table);
    out->tag = "UPDATE";
    // SQLite needs something to set: generated columns alone are recomputed by writing any column.
    if (set->empty()) {
        for (const auto& c : table.columns) {
            if (c.generated != 0) continue;
            *set = quote_name(c.name) + " = " + target->sql() + "." + quote_name(c.name);
            break;
        }
    }
    out->sql = *with + "UPDATE " + target->sql() + " SET " + *set;
    if (!from->empty()) out->sql += " FROM " + *from;
    if (node.where_clause != nullptr) {
        auto where = t.condition(node.where_clause, names, clause::where, "WHERE");
        if (!where) return where.error();
        out->sql += " WHERE " + where->sql;
    }
    auto returning = returning_list(t, list_of(node.n_returning_list, node.returning_list), names,
                                    *target, *out);
    if (!returning) return returning.error();
    if (!returning->empty()) out->sql += " RETURNING " + *returning;
    return out;
}

}  // namespace historyd::sql
