#include "storage/sql/dml/joined_change.hpp"

#include <algorithm>

#include "storage/sql/dml/assignments.hpp"
#include "storage/sql/dml/cascades.hpp"

namespace historyd::sql {

result<bool> joined_change::is_needed(translator& t, node_list returned, scope& names,
                                      const range_entry& changed) {
    if (returned.empty() || names.entries.size() == 1) return false;
    auto list = t.target_list(returned, names, clause::returning);
    if (!list) return list.error();
    return std::ranges::any_of(*list, [&](const auto& item) {
        return std::ranges::any_of(item.value.columns,
                                   [&](const column_use& use) { return use.entry != &changed; });
    });
}

joined_change::joined_change(translator& t, scope& names, const change_target& target,
                             range_entry& changed, const std::string& with)
    : t_(t),
      names_(names),
      target_(target),
      changed_(changed),
      has_with_(!with.empty()),
      rowid_(translator::rowid_name(*target.relation)),
      found_(t) {}

result<void> joined_change::check() const {
    t_.wants_parts = has_with_;
    if (has_with_ || rowid_.empty()) {
        return t_.unsupported_at("RETURNING columns of other tables with this table", -1);
    }
    return {};
}

result<plan_part> joined_change::find(const std::string& from, const PgQuery__Node* condition,
                                      bool all) {
    auto where = where_part_of(t_, condition, names_);
    if (!where) return where.error();
    const auto row = quote_name(changed_.sqlite_alias) + "." + rowid_;
    auto part = std::make_shared<plan>();
    part->sql = "SELECT " + row;
    found_.add_column();
    for (const auto& entry : names_.entries) {
        if (entry.get() == &changed_ && !all) continue;
        for (auto& column : entry->columns) {
            part->sql += ", " + column.sql;
            column.sql = found_.add_column();
        }
    }
    // Of several rows that one row is joined to, PostgreSQL takes any, too.
    part->sql += " FROM " + target_.sql() + " AS " + quote_name(changed_.sqlite_alias) + ", " +
                 from + where->sql + " GROUP BY " + row;
    return plan_part{.item = std::move(part), .rows = found_.number};
}

result<std::shared_ptr<plan>> joined_change::update(const PgQuery__UpdateStmt& node,
                                                    const std::string& from) {
    if (auto checked = check(); !checked) return checked.error();
    const auto& table = *target_.relation;
    auto finding = find(from, node.where_clause, false);
    if (!finding) return finding.error();
    auto set = assignments(t_, table, list_of(node.n_target_list, node.target_list), names_);
    if (!set) return set.error();
    const auto* key = table.primary_key();
    for (const auto* item : list_of(node.n_target_list, node.target_list)) {
        const auto* column = table.find_column(std::string_view(item->res_target->name));
        if (table.has_rowid_key && column != nullptr && key->columns.front() == column->attnum) {
            return unsupported("changing the key beside RETURNING columns of other tables",
                               "Return the columns of \"" + table.name + "\" only.");
        }
    }
    auto changing = new_change_plan(t_, command::update, table);
    const auto row = target_.sql() + "." + rowid_;
    changing->sql = "UPDATE " + target_.sql() + " SET " + something_to_set(target_, *set) +
                    " FROM " + found_.from_sql() + " WHERE " + row + " = " + found_.column(1) +
                    " RETURNING " + row;
    kept_rows changed(t_);
    changed.add_column();
    for (auto& column : changed_.columns) {
        changing->sql += ", " + column.sql;
        column.sql = changed.add_column();
    }
    auto out = new_change_plan(t_, command::update, table);
    out->tag = "UPDATE";
    const translator::reading_as_before as_before(t_, changed_with(t_.schema(), table.id), false);
    auto selected =
        returned_columns(t_, list_of(node.n_returning_list, node.returning_list), names_, *out);
    if (!selected) return selected.error();
    out->sql = "SELECT " + *selected + " FROM " + changed.from_sql() + " JOIN " +
               found_.from_sql() + " ON " + found_.column(1) + " = " + changed.column(1);
    out->parts = {std::move(*finding), {std::move(changing), changed.number, true}, {}};
    take_parts_ahead(t_, *out);
    return out;
}

result<std::shared_ptr<plan>> joined_change::remove(const PgQuery__DeleteStmt& node,
                                                    const std::string& from) {
    if (auto checked = check(); !checked) return checked.error();
    auto finding = find(from, node.where_clause, true);
    if (!finding) return finding.error();
    auto removing = new_change_plan(t_, command::delete_, *target_.relation);
    removing->sql = "DELETE FROM " + target_.sql() + " WHERE " + target_.sql() + "." + rowid_ +
                    " IN (SELECT " + found_.column(1) + " FROM " + found_.from_sql() + ")";
    auto out = new_change_plan(t_, command::delete_, *target_.relation);
    out->tag = "DELETE";
    auto selected =
        returned_columns(t_, list_of(node.n_returning_list, node.returning_list), names_, *out);
    if (!selected) return selected.error();
    out->sql = "SELECT " + *selected + " FROM " + found_.from_sql();
    // What is returned is as it was before.
    out->parts = {std::move(*finding), {}, {std::move(removing), -1, true}};
    return out;
}

}  // namespace historyd::sql
