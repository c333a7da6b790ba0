#include "storage/sql/dml/changes.hpp"
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
    auto others = t.from_clause(list_of(node.n_using_clause, node.using_clause), names);
    if (!others) return others.error();
    std::string where;
    if (node.where_clause != nullptr) {
        auto condition = t.condition(node.where_clause, names, clause::where, "WHERE");
        if (!condition) return condition.error();
        where = " WHERE " + condition->sql;
    }
    auto out = new_change_plan(t, command::delete_, table);
    out->tag = "DELETE";
    out->sql = *with + "DELETE FROM " + target->sql();
    if (joined) {
        const auto rowid = translator::rowid_name(table);
        if (rowid.empty()) return t.unsupported_at("DELETE ... USING on this table", -1);
        out->sql += " WHERE " + target->sql() + "." + rowid + " IN (SELECT " + quote_name(alias) +
                    "." + rowid + " FROM " + target->sql() + " AS " + quote_name(alias) + ", " +
                    *others + where + ")";
    } else {
        out->sql += where;
    }
    auto returning = returning_clause(t, list_of(node.n_returning_list, node.returning_list),
                                      returning_names, *target, *out);
    if (!returning) {
        if (joined && (returning.error().sqlstate == sqlstate::undefined_table ||
                       returning.error().sqlstate == sqlstate::undefined_column)) {
            return unsupported("RETURNING columns of the tables in USING",
                               "Return the columns of \"" + table.name + "\" only.");
        }
        return returning.error();
    }
    out->sql += *returning;
    return out;
}

}  // namespace historyd::sql
