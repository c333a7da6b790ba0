#include "storage/sql/dml/assignments.hpp"
#include "storage/sql/dml/cascades.hpp"
#include "storage/sql/dml/changes.hpp"
#include "storage/sql/dml/joined_change.hpp"

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
    auto from = t.from_clause(list_of(node.n_from_clause, node.from_clause), names, true);
    if (!from) return from.error();
    const auto returned = list_of(node.n_returning_list, node.returning_list);
    auto joined = joined_change::is_needed(t, returned, names, *target->entry);
    if (!joined) return joined.error();
    if (*joined) return joined_change(t, names, *target, *target->entry, *with).update(node, *from);
    const auto changed = changed_with(t.schema(), table.id);
    auto read_before = std::exchange(t.reads, {});
    auto set = assignments(t, table, list_of(node.n_target_list, node.target_list), names);
    if (!set) return set.error();
    // SQLite computes SET row by row while the table changes, but with FROM, where it does first.
    if (from->empty() && overlap(t.reads, changed)) *from = "(SELECT 1)";
    t.reads.merge(read_before);
    auto where = where_part_of(t, node.where_clause, names);
    if (!where) return where.error();

    auto out = new_change_plan(t, command::update, table);
    out->tag = "UPDATE";
    out->sql = *with + "UPDATE " + target->sql() + " SET " + something_to_set(*target, *set);
    if (!from->empty()) out->sql += " FROM " + *from;
    out->sql += where->sql;
    const translator::reading_as_before as_before(t, changed, !with->empty());
    auto returning = returning_list(t, returned, names, *target, *out);
    if (!returning) return returning.error();
    if (!returning->empty()) out->sql += " RETURNING " + *returning;
    take_parts_ahead(t, *out);
    return out;
}

}  // namespace historyd::sql
