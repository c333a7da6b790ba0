#include "storage/sql/dml/target_table.hpp"

#include <algorithm>

#include "storage/sql/ddl/table_expression.hpp"

namespace historyd::sql {

namespace {

const schema::sequence* identity_sequence(const schema::schema& s, const schema::relation& r,
                                          const schema::column& c) {
    const auto at = std::ranges::find_if(s.sequences, [&](const schema::sequence& q) {
        return q.owner_relation == r.id && q.owner_attnum == c.attnum;
    });
    return at == s.sequences.end() ? nullptr : &*at;
}

bool is_call_of(const PgQuery__Node* node, std::initializer_list<std::string_view> names) {
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL) return false;
    const auto& call = *node->func_call;
    const auto name = qualified_name_of(list_of(call.n_funcname, call.funcname));
    return call.n_args == 0 && (name.schema.empty() || name.schema == "pg_catalog") &&
           std::ranges::find(names, name.name) != names.end();
}

}  // namespace

bool is_transaction_timestamp(const PgQuery__Node* node) {
    if (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION) {
        return node->sqlvalue_function->op ==
               PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP;
    }
    return is_call_of(node, {"now", "transaction_timestamp"});
}

bool is_random_uuid(const PgQuery__Node* node) { return is_call_of(node, {"gen_random_uuid"}); }

result<void> resolve_target(translator& t, const PgQuery__RangeVar& name, std::string_view verb,
                            target_table& out) {
    auto found = t.find_relation(&name);
    if (!found) return found.error();
    const auto& r = **found;
    if (r.is_catalog) {
        return t.at({sqlstate::insufficient_privilege, "permission denied for table " + r.name},
                    name.location);
    }
    if (r.kind == schema::relation_kind::view) {
        sql_error error(sqlstate::object_not_in_prerequisite_state,
                        "cannot " + std::string(verb) + " view \"" + r.name + "\"");
        error.detail = "historyd's views are not updatable.";
        return error;
    }
    if (r.kind != schema::relation_kind::table) {
        return sql_error(sqlstate::wrong_object_type,
                         "cannot " + std::string(verb) + " \"" + r.name + "\": it is not a table");
    }
    out.relation = &r;
    // The target keeps its own name in SQLite: RETURNING knows no alias.
    out.entry = &t.add_relation(out.names, r, name.alias, r.sqlite_name);
    out.names.show(*out.entry);
    return {};
}

result<std::size_t> target_column(translator& t, const target_table& table,
                                  const PgQuery__ResTarget& item) {
    const auto& columns = table.columns();
    const std::string_view name = item.name;
    const auto at = std::ranges::find(columns, name, &schema::column::name);
    if (at == columns.end()) {
        return t.at({sqlstate::undefined_column, "column \"" + std::string(name) +
                                                     "\" of relation \"" + table.relation->name +
                                                     "\" does not exist"},
                    item.location);
    }
    if (item.n_indirection != 0) {
        return t.unsupported_at("assignment to a part of a column", item.location);
    }
    return static_cast<std::size_t>(at - columns.begin());
}

result<default_value> column_default(translator& t, const target_table& table,
                                     const schema::column& column) {
    default_value out;
    if (column.identity != 0) {
        const auto* sequence = identity_sequence(t.schema(), *table.relation, column);
        if (sequence == nullptr) {
            return sql_error(sqlstate::internal_error,
                             "no owned sequence found for column \"" + column.name + "\"");
        }
        auto call = t.apply_function(
            "nextval",
            {t.constant({types::type_oid::regclass, -1}, std::int64_t{sequence->id})}, -1);
        if (!call) return call.error();
        auto value = t.coerce_for_column(std::move(*call), column);
        if (!value) return value.error();
        out.value = std::move(*value);
        out.sequence = sequence->id;
        return out;
    }
    if (!column.default_sql) {
        out.value = t.null_of(column.type);
        return out;
    }
    auto parsed = parse_expression(*column.default_sql);
    if (!parsed) return parsed.error();
    out.is_transaction_timestamp = is_transaction_timestamp(parsed->node);
    out.is_random_uuid = is_random_uuid(parsed->node);
    scope nothing;
    auto value = t.expression(parsed->node, nothing, clause::column_default);
    if (!value) return value.error();
    auto coerced = t.coerce_for_column(std::move(*value), column);
    if (!coerced) return coerced.error();
    out.value = std::move(*coerced);
    // SERIAL: the column owns the sequence that its default draws from.
    const auto* owned = identity_sequence(t.schema(), *table.relation, column);
    if (owned != nullptr && column.default_sql->starts_with("nextval(")) out.sequence = owned->id;
    return out;
}

result<std::string> returning_clause(translator& t, node_list items, scope& names, plan& out) {
    if (items.empty()) return std::string();
    auto targets = t.target_list(items, names, clause::returning);
    if (!targets) return targets.error();
    out.returns_rows = true;
    std::string sql = " RETURNING ";
    for (std::size_t i = 0; i < targets->size(); ++i) {
        const auto& item = (*targets)[i];
        sql += (i == 0 ? "" : ", ") + item.value.sql;
        out.columns.push_back({.name = item.name, .type = item.value.type,
                               .table = item.value.table, .attnum = item.value.attnum});
    }
    return sql;
}

void finish_change(const target_table& table, command c, std::string tag, plan& out) {
    out.command = c;
    out.tag = std::move(tag);
    out.tag_has_count = true;
    out.target = table.relation->id;
    out.writes = {table.relation->id};
}

}  // namespace historyd::sql
