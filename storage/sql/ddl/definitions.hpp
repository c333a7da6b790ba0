#pragma once

#include "storage/sql/ddl/schema_change.hpp"

// One function per DDL statement, each in the file of its name, and what several of them share.

namespace historyd::sql {

using definition = result<std::shared_ptr<plan>>;

definition create_table(translator& t, const PgQuery__CreateStmt& node);
definition create_table_as(translator& t, const PgQuery__CreateTableAsStmt& node);
definition select_into(translator& t, const PgQuery__Node& select);
definition create_index(translator& t, const PgQuery__IndexStmt& node);
definition create_view(translator& t, const PgQuery__ViewStmt& node);
definition create_schema(translator& t, const PgQuery__CreateSchemaStmt& node);
definition create_sequence(translator& t, const PgQuery__CreateSeqStmt& node);
definition create_extension(translator& t, const PgQuery__CreateExtensionStmt& node);
definition alter_table(translator& t, const PgQuery__AlterTableStmt& node);
definition alter_sequence(translator& t, const PgQuery__AlterSeqStmt& node);
definition rename_object(translator& t, const PgQuery__RenameStmt& node);
definition drop_objects(translator& t, const PgQuery__DropStmt& node);
definition comment_on(translator& t, const PgQuery__CommentStmt& node);

// The schema that CREATE puts an object into: the one it names, the session's own of what is
// temporary, else the first of the search path.
result<const schema::namespace_info*> target_namespace(schema_change& change,
                                                       const PgQuery__RangeVar& name);
// 42P07 when the name is taken; with IF NOT EXISTS a notice, and true.
result<bool> skip_existing(schema_change& change, const schema::namespace_info& space,
                           std::string_view name, bool if_not_exists);
// WITH (...): 22023 for what PostgreSQL does not know either.
result<void> check_storage_options(const translator& t, node_list options);
// The columns that a query gives to a view or table, named by `names` as far as they go.
// Errors: 42601 with `too_many` when there are more names than columns; 42701.
result<void> columns_of_query(const query& q, node_list names, std::string_view too_many,
                              schema::relation& r);
void emit_view(schema_change& change, const schema::relation& r, const std::string& query_sql);
// What stands for an index's keys in a name that is made for it: joined by "_", a repeated one
// numbered.
std::string joined_key_names(const std::vector<std::string>& keys);
std::string expression_key_name(const PgQuery__Node* expression);  // of one that is no column
// The step that refuses to make a unique index over rows that are not (23505).
result<void> emit_unique_check(schema_change& change, const schema::relation& r,
                               const schema::index& i);
// The steps that make a table, its indexes, and its rows in historyd's own tables.
result<void> emit_new_table(schema_change& change, const schema::relation& r);

}  // namespace historyd::sql
