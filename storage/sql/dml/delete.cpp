#include "storage/sql/dml/cascades.hpp"
#include "storage/sql/dml/changes.hpp"
#include "storage/sql/dml/joined_change.hpp"
#include "storage/sql/dml/target.hpp"

namespace historyd::sql {

result<std::shared_ptr<plan>> delete_rows(translator& t, const PgQuery__DeleteStmt& node) {
    scope returning_names, names;
    auto target = find_target(t, returning_names, *node.relation, "DELETE");
    if (!target) return target.error();
    const auto& table = *target->relation;
    with_frame frame;
    auto with = t.with_clause(node.with_clause, frame, nullptr);
    if (!with) return with.error();
    returning_names.with = names.with = &frame;
    returning_names.show(*target->entry);

    // SQLite has no DELETE ... USING: the rows are found by a join first, under another alias.
    const bool joined = node.n_using_clause != 0;
    const auto alias = joined ? t.unique_alias("target") : table.sqlite_name;
    names.show(t.add_relation(names, table, node.relation->alias, alias));
    auto others = t.from_clause(list_of(node.n_using_clause, node.using_clause), names, true);
    if (!others) return others.error();
    const auto returned = list_of(node.n_returning_list, node.returning_list);
    auto& entry = *names.entries.front();
    auto of_others = joined_change::is_needed(t, returned, names, entry);
    if (!of_others) return of_others.error();
    if (*of_others) return joined_change(t, names, *target, entry, *with).remove(node, *others);
    auto condition = where_part_of(t, node.where_clause, names);
    if (!condition) return condition.error();
    auto where = condition->sql;
    auto out = new_change_plan(t, command::delete_, table);
    out->tag = "DELETE";
    if (joined) {
        const auto rowid = translator::rowid_name(table);
        if (rowid.empty()) return t.unsupported_at("DELETE ... USING on this table", -1);
        where = " WHERE " + target->sql() + "." + rowid + " IN (SELECT " + quote_name(alias) + "." +
                rowid + " FROM " + target->sql() + " AS " + quote_name(alias) + ", " + *others +
                where + ")";
    }
    auto read_before = std::exchange(t.reads, {});
    auto returning = returning_list(t, returned, returning_names, *target, *out);
    if (!returning) return returning.error();
    // SQLite would compute what is returned row by row, while rows go.
    const bool reads_changed =
        !t.reads.empty() && overlap(t.reads, changed_with(t.schema(), table.id));
    t.reads.merge(read_before);
    out->sql = *with + "DELETE FROM " + target->sql() + where;
    if (!reads_changed && !cascades_into_itself(t.schema(), table.id)) {
        if (!returning->empty()) out->sql += " RETURNING " + *returning;
        return out;
    }
    // A row that a cascade reaches first is gone when its turn comes, and not counted.
    if (condition->is_volatile) {
        return t.unsupported_at(reads_changed
                                    ? "a volatile WHERE and a RETURNING that reads the table"
                                    : "a volatile WHERE where rows are deleted by cascade too",
                                -1);
    }
    out->rows_sql = *with + "SELECT " + (returning->empty() ? "1" : *returning) + " FROM " +
                    target->sql() + where;
    return out;
}

}  // namespace historyd::sql
