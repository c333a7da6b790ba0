#include "storage/sql/ddl/definitions.hpp"

namespace historyd::sql {

definition create_schema(translator& t, const PgQuery__CreateSchemaStmt& node) {
    schema_change change(t);
    std::string name = node.schemaname;
    if (name.empty() && node.authrole != nullptr) name = node.authrole->rolename;
    if (node.n_schema_elts > 0) {
        return unsupported("CREATE SCHEMA with elements",
                           "Create the schema first, then what is in it.");
    }
    if (name.starts_with("pg_")) {
        return sql_error(sqlstate::reserved_name, "unacceptable schema name \"" + name + "\"")
            .with_detail("The prefix \"pg_\" is reserved for system schemas.");
    }
    if (t.schema().find_namespace(name) != nullptr) {
        sql_error error("42P06", "schema \"" + name + "\" already exists");
        if (!node.if_not_exists) return error;
        error.message += ", skipping";
        error.severity = severity::notice;
        change.notice(std::move(error));
        return change.finish("CREATE SCHEMA");
    }
    change.save(schema::namespace_info{.id = change.new_oid(), .name = name, .comment = {}});
    return change.finish("CREATE SCHEMA");
}

definition create_extension(translator& t, const PgQuery__CreateExtensionStmt& node) {
    schema_change change(t);
    const std::string name = node.extname;
    // Their functions are built in, but for ciphers, crypt() and uuid_generate_v1().
    if (name != "pgcrypto" && name != "uuid-ossp" && name != "plpgsql") {
        return sql_error(sqlstate::feature_not_supported,
                         "extension \"" + name + "\" is not available")
            .with_hint("historyd has no extensions; what it has of theirs is built in.");
    }
    if (name == "plpgsql") {
        sql_error error(sqlstate::duplicate_object, "extension \"plpgsql\" already exists");
        if (!node.if_not_exists) return error;
        error.message += ", skipping";
        error.severity = severity::notice;
        change.notice(std::move(error));
    }
    return change.finish("CREATE EXTENSION");
}

}  // namespace historyd::sql
