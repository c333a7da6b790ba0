#include "storage/sql/backend_text.hpp"

#include <algorithm>
#include <array>

#include "storage/sql/deparse/statement_text.hpp"
#include "storage/sql/nodes.hpp"
#include "storage/sql/tree_walk.hpp"

namespace historyd::sql {

namespace {

bool is_catalog(const PgQuery__RangeVar& table) {
    const std::string_view schema = table.schemaname, name = table.relname;
    return schema == "pg_catalog" || schema == "information_schema" || name.starts_with("pg_");
}

bool asks_the_server(std::string_view function) {
    constexpr std::array<std::string_view, 10> prefixes{"pg_",    "current_", "has_", "inet_",
                                                        "txid_",  "to_reg",   "col_", "obj_",
                                                        "shobj_", "session_"};
    constexpr std::array<std::string_view, 8> names{
        "version", "nextval",    "currval",     "lastval",
        "setval",  "set_config", "format_type", "row_security_active"};
    return std::ranges::any_of(prefixes, [&](auto p) { return function.starts_with(p); }) ||
           std::ranges::find(names, function) != names.end();
}

bool is_of_this_server(const ProtobufCMessage& m) {
    const auto* type = m.descriptor;
    if (type == &pg_query__range_var__descriptor) {
        return is_catalog(reinterpret_cast<const PgQuery__RangeVar&>(m));
    }
    if (type == &pg_query__column_ref__descriptor) {
        const auto& column = reinterpret_cast<const PgQuery__ColumnRef&>(m);
        return string_of(column.fields[column.n_fields - 1]) == "tableoid";
    }
    if (type == &pg_query__func_call__descriptor) {
        const auto& call = reinterpret_cast<const PgQuery__FuncCall&>(m);
        return asks_the_server(qualified_name_of(list_of(call.n_funcname, call.funcname)).name);
    }
    if (type == &pg_query__type_name__descriptor) {
        const auto& named = reinterpret_cast<const PgQuery__TypeName&>(m);
        const auto name = qualified_name_of(list_of(named.n_names, named.names)).name;
        return name.starts_with("reg") || name == "oid";
    }
    if (type == &pg_query__sqlvalue_function__descriptor) {
        // All but the clock's.
        const auto op = reinterpret_cast<const PgQuery__SQLValueFunction&>(m).op;
        return op >= PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE;
    }
    return false;
}

bool any_of_this_server(const ProtobufCMessage& m) {
    bool found = is_of_this_server(m);
    for_each_child(
        m, [&](const ProtobufCMessage& child) { found = found || any_of_this_server(child); });
    return found;
}

}  // namespace

std::optional<std::string> backend_text(const raw_statement& statement) {
    if (statement.node == nullptr ||
        statement.node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT ||
        any_of_this_server(statement.node->base)) {
        return std::nullopt;
    }
    auto text = statement_text(*statement.node);
    if (!text) return std::nullopt;
    return *std::move(text);
}

}  // namespace historyd::sql
