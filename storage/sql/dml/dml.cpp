#include "storage/sql/dml/dml.hpp"

#include "storage/sql/dml/changes.hpp"

namespace historyd::sql {

result<std::shared_ptr<plan>> translate_change(translator& t, const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_INSERT_STMT:
            return insert_rows(t, *node.insert_stmt);
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            return update_rows(t, *node.update_stmt);
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            return delete_rows(t, *node.delete_stmt);
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            return merge_rows(t, *node.merge_stmt);
        case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
            return truncate_tables(t, *node.truncate_stmt);
        default:
            return std::shared_ptr<plan>();
    }
}

}  // namespace historyd::sql
