#include <algorithm>

#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/table_expression.hpp"
#include "storage/sql/dml/assignments.hpp"
#include "storage/sql/dml/cascades.hpp"
#include "storage/sql/dml/insert.hpp"

namespace historyd::sql {

namespace {

std::set<arbiter_key> keys_of(const schema::index& i) {
    std::set<arbiter_key> out;
    for (const auto& key : i.keys) out.emplace(key.attnum, key.expression_sql);
    return out;
}

}  // namespace

result<std::set<arbiter_key>> insert_builder::arbiter_keys(const PgQuery__InferClause& infer) {
    std::set<arbiter_key> out;
    for (const auto* item : list_of(infer.n_index_elems, infer.index_elems)) {
        const auto& element = *item->index_elem;
        if (element.expr != nullptr) {
            table_expression expressions(t_, table());
            auto checked = expressions.translate(element.expr, clause::index_expression, 0);
            if (!checked) return checked.error();
            auto text = expressions.print(element.expr, clause::index_expression, 0);
            if (!text) return text.error();
            out.emplace(checked->attnum, checked->attnum != 0 ? std::string() : std::move(*text));
            continue;
        }
        const auto* column = table().find_column(std::string_view(element.name));
        if (column == nullptr) {
            return t_.at(sql_error(sqlstate::undefined_column,
                                   "column \"" + std::string(element.name) + "\" does not exist"),
                         infer.location);
        }
        out.emplace(column->attnum, std::string());
    }
    return out;
}

// The unique index that the clause names, by constraint or by its keys.
result<const schema::index*> insert_builder::arbiter(const PgQuery__InferClause& infer) {
    const std::string_view name = infer.conname;
    if (!name.empty()) {
        for (const auto& c : table().constraints) {
            if (c.name != name || c.index == 0) continue;
            for (const auto& i : table().indexes) {
                if (i.id == c.index) return &i;
            }
        }
        return sql_error(sqlstate::undefined_object, "constraint \"" + std::string(name) +
                                                         "\" for table \"" + table().name +
                                                         "\" does not exist");
    }
    auto keys = arbiter_keys(infer);
    if (!keys) return keys.error();
    // A partial index is inferred only by the same predicate.
    std::string predicate;
    if (infer.where_clause != nullptr) {
        table_expression expressions(t_, table());
        auto text =
            expressions.print(infer.where_clause, clause::index_predicate, types::type_oid::bool_);
        if (!text) return text.error();
        predicate = std::move(*text);
    }
    const schema::index* partial = nullptr;
    for (const auto& i : table().indexes) {
        if (!i.unique || keys_of(i) != *keys) continue;
        if (i.predicate_sql.empty()) return &i;
        if (i.predicate_sql == predicate) partial = &i;
    }
    if (partial != nullptr) return partial;
    return sql_error(sqlstate::invalid_column_reference,
                     "there is no unique or exclusion constraint matching the ON CONFLICT "
                     "specification");
}

bool insert_builder::updates() const {
    const auto* node = node_.on_conflict_clause;
    return node != nullptr && node->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
}

range_entry& insert_builder::excluded_row(scope& s) {
    auto& excluded = t_.add_relation(s, table(), nullptr, "excluded");
    excluded.alias = "excluded";
    excluded.schema_name.clear();
    excluded.tableoid.reset();
    return excluded;
}

result<std::string> insert_builder::conflict_update(const PgQuery__OnConflictClause& node) {
    scope names;
    names.with = &with_;
    names.show(*target_.entry);
    names.show(excluded_row(names));
    const translator::reading_as_before as_before(t_, changed_with(t_.schema(), table().id),
                                                  has_with_);
    auto set = assignments(t_, table(), list_of(node.n_target_list, node.target_list), names);
    if (!set) return set.error();
    auto out = " DO UPDATE SET " + *set;
    if (node.where_clause != nullptr) {
        auto where = t_.condition(node.where_clause, names, clause::where, "WHERE");
        if (!where) return where.error();
        out += " WHERE " + where->sql;
    }
    return out;
}

result<std::string> insert_builder::on_conflict() {
    const auto* node = node_.on_conflict_clause;
    if (node == nullptr) return std::string();
    std::string out = " ON CONFLICT";
    if (node->infer == nullptr) {
        if (!updates()) return out + " DO NOTHING";
        return t_.at(sql_error(sqlstate::syntax_error,
                               "ON CONFLICT DO UPDATE requires inference specification or "
                               "constraint name")
                         .with_hint("For example, ON CONFLICT (column_name)."),
                     node->location);
    }
    auto index = arbiter(*node->infer);
    if (!index) return index.error();
    auto keys = index_keys_sql(t_, table(), **index);
    if (!keys) return keys.error();
    out += " (" + *keys + ")";
    if (!(*index)->predicate_sql.empty()) {
        table_expression expressions(t_, table());
        auto predicate = expressions.translate((*index)->predicate_sql, clause::index_predicate,
                                               types::type_oid::bool_);
        if (!predicate) return predicate.error();
        out += " WHERE " + predicate->sql;
    }
    if (!updates()) return out + " DO NOTHING";
    arbiter_ = *index;
    auto update = conflict_update(*node);
    if (!update) return update.error();
    return out + *update;
}

}  // namespace historyd::sql
