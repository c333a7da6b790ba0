#include "storage/sql/ddl/ddl.hpp"

#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/statement.hpp"

namespace historyd::sql {

namespace {

// Ownership carries no rights here: whoever connects may do everything.
std::shared_ptr<plan> nothing_to_do(translator& t) {
    return schema_change(t).finish(command_tag(t.statement()));
}

}  // namespace

result<std::shared_ptr<plan>> translate_definition(translator& t, const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            return create_table(t, *node.create_stmt);
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            return create_table_as(t, *node.create_table_as_stmt);
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            if (node.select_stmt->into_clause == nullptr) return std::shared_ptr<plan>();
            return select_into(t, node);
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            return create_index(t, *node.index_stmt);
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            return create_view(t, *node.view_stmt);
        case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
            return create_schema(t, *node.create_schema_stmt);
        case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
            return create_sequence(t, *node.create_seq_stmt);
        case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
            return create_extension(t, *node.create_extension_stmt);
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            return alter_table(t, *node.alter_table_stmt);
        case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
            return alter_sequence(t, *node.alter_seq_stmt);
        case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
            return nothing_to_do(t);
        case PG_QUERY__NODE__NODE_RENAME_STMT:
            return rename_object(t, *node.rename_stmt);
        case PG_QUERY__NODE__NODE_DROP_STMT:
            return drop_objects(t, *node.drop_stmt);
        case PG_QUERY__NODE__NODE_COMMENT_STMT:
            return comment_on(t, *node.comment_stmt);
        default:
            return std::shared_ptr<plan>();
    }
}

}  // namespace historyd::sql
