#include "storage/sql/nodes.hpp"
#include "storage/sql/statement.hpp"

// command_tag(): what PostgreSQL puts into CommandComplete and into "... is not supported".

namespace historyd::sql {

namespace {

std::string_view object_name(PgQuery__ObjectType type) {
    switch (type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_ACCESS_METHOD:
            return "ACCESS METHOD";
        case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
            return "AGGREGATE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_CAST:
            return "CAST";
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION:
            return "COLLATION";
        case PG_QUERY__OBJECT_TYPE__OBJECT_CONVERSION:
            return "CONVERSION";
        case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
            return "DATABASE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
        case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT:
            return "DOMAIN";
        case PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER:
            return "EVENT TRIGGER";
        case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
            return "EXTENSION";
        case PG_QUERY__OBJECT_TYPE__OBJECT_FDW:
            return "FOREIGN DATA WRAPPER";
        case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER:
            return "SERVER";
        case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
            return "FOREIGN TABLE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
            return "FUNCTION";
        case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
            return "INDEX";
        case PG_QUERY__OBJECT_TYPE__OBJECT_LANGUAGE:
            return "LANGUAGE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_LARGEOBJECT:
            return "LARGE OBJECT";
        case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
            return "MATERIALIZED VIEW";
        case PG_QUERY__OBJECT_TYPE__OBJECT_OPCLASS:
            return "OPERATOR CLASS";
        case PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR:
            return "OPERATOR";
        case PG_QUERY__OBJECT_TYPE__OBJECT_OPFAMILY:
            return "OPERATOR FAMILY";
        case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
            return "POLICY";
        case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
            return "PROCEDURE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_PUBLICATION:
            return "PUBLICATION";
        case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE:
            return "ROLE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
            return "ROUTINE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
            return "RULE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
            return "SCHEMA";
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            return "SEQUENCE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_SUBSCRIPTION:
            return "SUBSCRIPTION";
        case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
            return "STATISTICS";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLESPACE:
            return "TABLESPACE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TRANSFORM:
            return "TRANSFORM";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
            return "TRIGGER";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TSCONFIGURATION:
            return "TEXT SEARCH CONFIGURATION";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TSDICTIONARY:
            return "TEXT SEARCH DICTIONARY";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TSPARSER:
            return "TEXT SEARCH PARSER";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TSTEMPLATE:
            return "TEXT SEARCH TEMPLATE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
            return "TYPE";
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            return "VIEW";
        default:
            return "TABLE";
    }
}

std::string with_object(std::string_view verb, PgQuery__ObjectType type) {
    return std::string(verb) + " " + std::string(object_name(type));
}

std::string transaction_tag(PgQuery__TransactionStmtKind kind) {
    switch (kind) {
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
            return "BEGIN";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
            return "START TRANSACTION";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
            return "COMMIT";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
            return "SAVEPOINT";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
            return "RELEASE";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
            return "PREPARE TRANSACTION";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED:
            return "COMMIT PREPARED";
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED:
            return "ROLLBACK PREPARED";
        default:
            return "ROLLBACK";
    }
}

std::string discard_tag(PgQuery__DiscardMode target) {
    switch (target) {
        case PG_QUERY__DISCARD_MODE__DISCARD_PLANS:
            return "DISCARD PLANS";
        case PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES:
            return "DISCARD SEQUENCES";
        case PG_QUERY__DISCARD_MODE__DISCARD_TEMP:
            return "DISCARD TEMP";
        default:
            return "DISCARD ALL";
    }
}

std::string create_as_tag(const PgQuery__CreateTableAsStmt& node) {
    if (node.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW) return "CREATE MATERIALIZED VIEW";
    return node.is_select_into ? "SELECT INTO" : "CREATE TABLE AS";
}

// DDL of the objects that historyd has.
std::string definition_tag(const PgQuery__Node& n) {
    switch (n.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            return "CREATE TABLE";
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            return create_as_tag(*n.create_table_as_stmt);
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            return "CREATE INDEX";
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            return "CREATE VIEW";
        case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
            return "CREATE SCHEMA";
        case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
            return "CREATE SEQUENCE";
        case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
            return "ALTER SEQUENCE";
        case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
            return "CREATE EXTENSION";
        case PG_QUERY__NODE__NODE_COMMENT_STMT:
            return "COMMENT";
        case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
            return "TRUNCATE TABLE";
        case PG_QUERY__NODE__NODE_DROP_STMT:
            return with_object("DROP", n.drop_stmt->remove_type);
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            return with_object("ALTER", n.alter_table_stmt->objtype);
        case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
            return with_object("ALTER", n.alter_owner_stmt->object_type);
        case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
            return with_object("ALTER", n.alter_object_schema_stmt->object_type);
        case PG_QUERY__NODE__NODE_RENAME_STMT: {
            // Renaming a column or a constraint is an ALTER of what carries it.
            const auto& rename = *n.rename_stmt;
            const bool part = rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
                              rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE;
            return with_object("ALTER", part ? rename.relation_type : rename.rename_type);
        }
        default:
            return {};
    }
}

// Statements that are only ever refused or ignored.
std::string other_tag(const PgQuery__Node& n) {
    switch (n.node_case) {
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
            return n.vacuum_stmt->is_vacuumcmd ? "VACUUM" : "ANALYZE";
        case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
            return "CHECKPOINT";
        case PG_QUERY__NODE__NODE_REINDEX_STMT:
            return "REINDEX";
        case PG_QUERY__NODE__NODE_CLUSTER_STMT:
            return "CLUSTER";
        case PG_QUERY__NODE__NODE_GRANT_STMT:
            return n.grant_stmt->is_grant ? "GRANT" : "REVOKE";
        case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
            return n.grant_role_stmt->is_grant ? "GRANT ROLE" : "REVOKE ROLE";
        case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
            return "ALTER DEFAULT PRIVILEGES";
        case PG_QUERY__NODE__NODE_DEFINE_STMT:
            return with_object("CREATE", n.define_stmt->kind);
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            return "MERGE";
        case PG_QUERY__NODE__NODE_DO_STMT:
            return "DO";
        case PG_QUERY__NODE__NODE_CALL_STMT:
            return "CALL";
        case PG_QUERY__NODE__NODE_LOAD_STMT:
            return "LOAD";
        case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
            return n.create_function_stmt->is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
        case PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT:
            return with_object("ALTER", n.alter_function_stmt->objtype);
        case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
            return "CREATE TRIGGER";
        case PG_QUERY__NODE__NODE_RULE_STMT:
            return "CREATE RULE";
        case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
            return "CREATE DOMAIN";
        case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
            return "ALTER DOMAIN";
        case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
        case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
        case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
            return "CREATE TYPE";
        case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
        case PG_QUERY__NODE__NODE_ALTER_TYPE_STMT:
            return "ALTER TYPE";
        case PG_QUERY__NODE__NODE_CREATEDB_STMT:
            return "CREATE DATABASE";
        case PG_QUERY__NODE__NODE_DROPDB_STMT:
            return "DROP DATABASE";
        case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT:
        case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT:
        case PG_QUERY__NODE__NODE_ALTER_DATABASE_REFRESH_COLL_STMT:
            return "ALTER DATABASE";
        case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
            return "CREATE ROLE";
        case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
        case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT:
            return "ALTER ROLE";
        case PG_QUERY__NODE__NODE_DROP_ROLE_STMT:
            return "DROP ROLE";
        case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT:
            return "CREATE TABLESPACE";
        case PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT:
            return "DROP TABLESPACE";
        case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
            return "CREATE POLICY";
        case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT:
            return "CREATE PUBLICATION";
        case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
            return "CREATE SUBSCRIPTION";
        case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
            return "CREATE STATISTICS";
        case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT:
            return "CREATE FOREIGN TABLE";
        case PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT:
            return "CREATE SERVER";
        case PG_QUERY__NODE__NODE_CREATE_FDW_STMT:
            return "CREATE FOREIGN DATA WRAPPER";
        case PG_QUERY__NODE__NODE_CREATE_USER_MAPPING_STMT:
            return "CREATE USER MAPPING";
        case PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT:
            return "CREATE EVENT TRIGGER";
        case PG_QUERY__NODE__NODE_CREATE_CAST_STMT:
            return "CREATE CAST";
        case PG_QUERY__NODE__NODE_ALTER_EXTENSION_STMT:
        case PG_QUERY__NODE__NODE_ALTER_EXTENSION_CONTENTS_STMT:
            return "ALTER EXTENSION";
        case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
            return "ALTER SYSTEM";
        case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
            return "REFRESH MATERIALIZED VIEW";
        case PG_QUERY__NODE__NODE_SEC_LABEL_STMT:
            return "SECURITY LABEL";
        case PG_QUERY__NODE__NODE_DROP_OWNED_STMT:
            return "DROP OWNED";
        case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
            return "REASSIGN OWNED";
        default:
            return "this statement";
    }
}

}  // namespace

std::string command_tag(const raw_statement& raw) {
    const auto& n = *raw.node;
    switch (n.node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            return n.select_stmt->into_clause != nullptr ? "SELECT INTO" : "SELECT";
        case PG_QUERY__NODE__NODE_INSERT_STMT:
            return "INSERT";
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            return "UPDATE";
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            return "DELETE";
        case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
            return transaction_tag(n.transaction_stmt->kind);
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: {
            const auto kind = n.variable_set_stmt->kind;
            const bool reset = kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
                               kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
            return reset ? "RESET" : "SET";
        }
        case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
            return "SHOW";
        case PG_QUERY__NODE__NODE_DISCARD_STMT:
            return discard_tag(n.discard_stmt->target);
        case PG_QUERY__NODE__NODE_PREPARE_STMT:
            return "PREPARE";
        case PG_QUERY__NODE__NODE_EXECUTE_STMT:
            return "EXECUTE";
        case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
            return *n.deallocate_stmt->name == '\0' ? "DEALLOCATE ALL" : "DEALLOCATE";
        case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
            return "DECLARE CURSOR";
        case PG_QUERY__NODE__NODE_FETCH_STMT:
            return n.fetch_stmt->ismove ? "MOVE" : "FETCH";
        case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
            return *n.close_portal_stmt->portalname == '\0' ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
        case PG_QUERY__NODE__NODE_LISTEN_STMT:
            return "LISTEN";
        case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
            return "UNLISTEN";
        case PG_QUERY__NODE__NODE_NOTIFY_STMT:
            return "NOTIFY";
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
            return "EXPLAIN";
        case PG_QUERY__NODE__NODE_LOCK_STMT:
            return "LOCK TABLE";
        case PG_QUERY__NODE__NODE_COPY_STMT:
            return "COPY";
        case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
            return "SET CONSTRAINTS";
        default:
            break;
    }
    auto definition = definition_tag(n);
    return definition.empty() ? other_tag(n) : definition;
}

}  // namespace historyd::sql
