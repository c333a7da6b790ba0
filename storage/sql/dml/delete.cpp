#include <algorithm>

#include "storage/sql/dml/changes.hpp"
#include "storage/sql/dml/target.hpp"

namespace historyd::sql {

namespace {

// Whether ON DELETE CASCADE leads from a row of the table to others of the same table.
bool cascades_into_itself(const schema::schema& s, const schema::relation& table) {
    std::vector<schema::oid> reached{table.id};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        for (const auto& r : s.relations) {
            const bool cascades =
                std::ranges::any_of(r->constraints, [&](const schema::constraint& c) {
                    return c.foreign_relation == reached[i] && c.on_delete == 'c';
                });
            if (!cascades) continue;
            if (r->id == table.id) return true;
            if (std::ranges::find(reached, r->id) == reached.end()) reached.push_back(r->id);
        }
    }
    return false;
}

}  // namespace

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
    bool is_volatile = false;
    if (node.where_clause != nullptr) {
        auto condition = t.condition(node.where_clause, names, clause::where, "WHERE");
        if (!condition) return condition.error();
        where = " WHERE " + condition->sql;
        is_volatile = condition->is_volatile;
    }
    auto out = new_change_plan(t, command::delete_, table);
    out->tag = "DELETE";
    if (joined) {
        const auto rowid = translator::rowid_name(table);
        if (rowid.empty()) return t.unsupported_at("DELETE ... USING on this table", -1);
        where = " WHERE " + target->sql() + "." + rowid + " IN (SELECT " + quote_name(alias) + "." +
                rowid + " FROM " + target->sql() + " AS " + quote_name(alias) + ", " + *others +
                where + ")";
    }
    auto returning = returning_list(t, list_of(node.n_returning_list, node.returning_list),
                                    returning_names, *target, *out);
    if (!returning) {
        if (joined && (returning.error().sqlstate == sqlstate::undefined_table ||
                       returning.error().sqlstate == sqlstate::undefined_column)) {
            return unsupported("RETURNING columns of the tables in USING",
                               "Return the columns of \"" + table.name + "\" only.");
        }
        return returning.error();
    }
    out->sql = *with + "DELETE FROM " + target->sql() + where;
    if (!cascades_into_itself(t.schema(), table)) {
        if (!returning->empty()) out->sql += " RETURNING " + *returning;
        return out;
    }
    // A row that a cascade reaches first is gone when its turn comes, and not counted.
    if (is_volatile) {
        return t.unsupported_at("a volatile WHERE where rows are deleted by cascade too", -1);
    }
    out->rows_sql = *with + "SELECT " + (returning->empty() ? "1" : *returning) + " FROM " +
                    target->sql() + where;
    return out;
}

}  // namespace historyd::sql
