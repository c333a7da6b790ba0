#include "storage/sql/dml/assignments.hpp"

#include <set>

#include "storage/sql/dml/column_source.hpp"
#include "storage/sql/node_location.hpp"

namespace historyd::sql {

namespace {

sql_error only_default(const schema::column& c) {
    sql_error error("428C9", "column \"" + c.name + "\" can only be updated to DEFAULT");
    error.detail = c.generated != 0 ? "Column \"" + c.name + "\" is a generated column."
                                    : "Column \"" + c.name +
                                          "\" is an identity column defined as GENERATED ALWAYS.";
    return error;
}

bool is_default(const PgQuery__Node* node) {
    return node->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT;
}

// The value for one column of (a, b) = (x, y); nullptr when the source is no list of values.
const PgQuery__Node* element_of(const PgQuery__MultiAssignRef& ref) {
    const auto* source = ref.source;
    if (source == nullptr || source->node_case != PG_QUERY__NODE__NODE_ROW_EXPR) return nullptr;
    const auto& row = *source->row_expr;
    if (row.n_args != static_cast<std::size_t>(ref.ncolumns)) return nullptr;
    return row.args[ref.colno - 1];
}

class assignment_list {
public:
    assignment_list(translator& t, const schema::relation& table, scope& names)
        : t_(t), table_(table), names_(names) {}

    result<std::string> build(node_list items);

private:
    result<void> take(const schema::column& column);
    result<std::string> value_sql(const PgQuery__Node* node, const schema::column& column);
    result<std::string> subquery(node_list items, const PgQuery__MultiAssignRef& ref);

    translator& t_;
    const schema::relation& table_;
    scope& names_;
    std::set<std::int16_t> taken_;
};

result<void> assignment_list::take(const schema::column& column) {
    if (taken_.insert(column.attnum).second) return {};
    return sql_error(sqlstate::syntax_error,
                     "multiple assignments to same column \"" + column.name + "\"");
}

result<std::string> assignment_list::value_sql(const PgQuery__Node* node,
                                               const schema::column& column) {
    if (is_default(node)) {
        auto by_default = default_value(t_, table_, column);
        if (!by_default) return by_default.error();
        return std::move(by_default->sql);
    }
    if (column.generated != 0 || column.identity == 'a') return only_default(column);
    auto value = t_.expression(node, names_, clause::update_source);
    if (!value) return value.error();
    auto coerced = t_.coerce_for_column(std::move(*value), column);
    if (!coerced) return coerced.error();
    return std::move(coerced->sql);
}

// (a, b) = (SELECT x, y ...): SQLite has it too; the columns are coerced around the subquery.
result<std::string> assignment_list::subquery(node_list items, const PgQuery__MultiAssignRef& ref) {
    const auto* source = ref.source;
    if (source != nullptr && source->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
        return t_.at({sqlstate::syntax_error, "number of columns does not match number of values"},
                     source->row_expr->location);
    }
    if (source == nullptr || source->node_case != PG_QUERY__NODE__NODE_SUB_LINK) {
        return t_.unsupported_at("this source of a multiple-column assignment",
                                 items[0]->res_target->location);
    }
    auto inner = t_.subquery(*source->sub_link, names_);
    if (!inner) return inner.error();
    if (inner->columns.size() != items.size()) {
        return t_.at({sqlstate::syntax_error, "number of columns does not match number of values"},
                     source->sub_link->location);
    }
    const auto alias = quote_name(t_.unique_alias("assigned"));
    std::string targets, names, values;
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto found = target_column(t_, table_, *items[i]->res_target);
        if (!found) return found.error();
        const auto& column = **found;
        if (auto free = take(column); !free) return free.error();
        if (column.generated != 0 || column.identity == 'a') return only_default(column);
        const auto name = "c" + std::to_string(i + 1);
        expr e;
        e.sql = alias + "." + name;
        e.type = inner->columns[i].type;
        e.location = list_location(source->sub_link->subselect, i);
        auto coerced = t_.coerce_for_column(std::move(e), column);
        if (!coerced) return coerced.error();
        targets += (i == 0 ? "" : ", ") + quote_name(column.name);
        names += (i == 0 ? "" : ", ") + name;
        values += (i == 0 ? "" : ", ") +
                  stored_form(column, rowid_key_checked(table_, column, coerced->sql));
    }
    return "(" + targets + ") = (WITH " + alias + "(" + names + ") AS (" + inner->sql +
           ") SELECT " + values + " FROM " + alias + ")";
}

result<std::string> assignment_list::build(node_list items) {
    std::string sql;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = *items[i]->res_target;
        const auto* node = item.val;
        if (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF) {
            const auto& ref = *node->multi_assign_ref;
            node = element_of(ref);
            if (node == nullptr) {
                const auto width = static_cast<std::size_t>(ref.ncolumns);
                if (ref.colno != 1 || i + width > items.size()) {
                    return t_.at({sqlstate::syntax_error,
                                  "number of columns does not match number of values"},
                                 node_location(ref.source));
                }
                auto group = subquery(items.subspan(i, width), ref);
                if (!group) return group.error();
                sql += (sql.empty() ? "" : ", ") + *group;
                i += width - 1;
                continue;
            }
        }
        auto found = target_column(t_, table_, item);
        if (!found) return found.error();
        const auto& column = **found;
        if (auto free = take(column); !free) return free.error();
        if (column.generated != 0 && is_default(node)) continue;  // SQLite computes it anyway
        auto value = value_sql(node, column);
        if (!value) return value.error();
        sql += (sql.empty() ? "" : ", ") + quote_name(column.name) + " = " +
               stored_form(column, rowid_key_checked(table_, column, std::move(*value)));
    }
    return sql;
}

}  // namespace

result<std::string> assignments(translator& t, const schema::relation& table, node_list items,
                                scope& names) {
    return assignment_list(t, table, names).build(items);
}

std::string something_to_set(const change_target& target, const std::string& list) {
    if (!list.empty()) return list;
    for (const auto& c : target.relation->columns) {
        if (c.generated != 0) continue;
        const auto name = quote_name(c.name);
        return name + " = " + target.sql() + "." + name;
    }
    return list;
}

}  // namespace historyd::sql
