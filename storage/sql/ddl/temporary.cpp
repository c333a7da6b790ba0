#include "storage/sql/ddl/temporary.hpp"

#include <algorithm>

#include "storage/sql/nodes.hpp"

namespace historyd::sql {

namespace {

bool is_temporary(const PgQuery__RangeVar* name) {
    return name != nullptr &&
           (*name->relpersistence == 't' || std::string_view(name->schemaname) == "pg_temp");
}

bool makes_temporary(const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            return is_temporary(node.create_stmt->relation);
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            return is_temporary(node.create_table_as_stmt->into->rel);
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            return node.select_stmt->into_clause != nullptr &&
                   is_temporary(node.select_stmt->into_clause->rel);
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            return is_temporary(node.view_stmt->view);
        case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
            return is_temporary(node.create_seq_stmt->sequence);
        default:
            return false;
    }
}

// Where it stands in a string it costs a copy of the schema, no more.
bool writes_pg_temp(std::string_view text) {
    constexpr std::string_view name = "pg_temp";
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return std::search(text.begin(), text.end(), name.begin(), name.end(), same) != text.end();
}

}  // namespace

std::optional<schema::schema> with_temporary_schema(const raw_statement& statement,
                                                    const translate_input& input) {
    if (input.temporary_schema.empty()) return std::nullopt;
    const bool is_there = input.schema.find_namespace(input.temporary_schema) != nullptr;
    const bool concerned =
        makes_temporary(*statement.node) || (is_there && writes_pg_temp(statement.text()));
    if (!concerned) return std::nullopt;
    auto own = input.schema;
    if (!is_there) {
        own.namespaces.push_back(
            {.id = own.next_oid++, .name = input.temporary_schema, .comment = {}});
    }
    own.own_temporary = input.temporary_schema;
    own.index_names();
    return own;
}

result<std::optional<commit_action>> on_commit(const schema::schema& s,
                                               PgQuery__OnCommitAction action,
                                               const schema::relation& r) {
    if (action == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_NOOP) return {};
    if (!s.is_temporary(r.namespace_id)) {
        return sql_error(sqlstate::invalid_table_definition,
                         "ON COMMIT can only be used on temporary tables");
    }
    if (action == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_PRESERVE_ROWS) return {};
    return commit_action{.table = r.id,
                         .drops = action == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DROP};
}

}  // namespace historyd::sql
