#pragma once

#include <vector>

#include "storage/sql/ddl/schema_change.hpp"

namespace historyd::sql {

// Makes columns and constraints of a relation from their definitions, for CREATE TABLE and for
// ALTER TABLE ADD. Columns and constraints are taken in first; finish() resolves the constraints in
// PostgreSQL's order and adds them to the relation. Emits nothing.
class table_builder {
public:
    // `is_new`: the table is being created, so an integer key may become SQLite's rowid.
    table_builder(schema_change& change, schema::relation& r, bool is_new)
        : change_(change), t_(change.t()), r_(r), is_new_(is_new) {}

    result<void> add_column(const PgQuery__ColumnDef& node);
    // `repeats`: a key is added though there is one of the same columns.
    result<void> add_constraint(const PgQuery__Constraint& node, bool repeats = false);
    result<void> finish();

    // What was made, beside the relation itself.
    std::vector<schema::sequence> sequences;
    std::vector<schema::oid> new_indexes;
    std::vector<schema::oid> new_constraints;

private:
    struct pending_key {
        const PgQuery__Constraint* node;
        std::vector<std::string> columns;
        bool primary;
        bool repeats = false;
    };
    struct pending_check {
        const PgQuery__Constraint* node;
    };
    struct pending_foreign_key {
        const PgQuery__Constraint* node;
        std::vector<std::string> columns;
        bool deferrable = false, initially_deferred = false;
    };
    struct pending_generated {
        std::int16_t attnum;
        const PgQuery__Node* node;
    };

    // --- columns
    result<void> check_name(const std::string& name) const;
    result<schema::column> typed_column(const PgQuery__ColumnDef& node, bool& serial);
    result<void> column_constraint(const PgQuery__ColumnDef& def, const PgQuery__Constraint& node,
                                   schema::column& c);
    result<void> apply_not_null(const PgQuery__Constraint& node, schema::column& c, bool wanted);
    result<void> attach_sequence(schema::column& c, bool serial, node_list options);
    sql_error column_error(std::string_view state, const std::string& what, const schema::column& c,
                           int location) const;

    // --- constraints
    result<void> finish_key(const pending_key& key);
    result<void> finish_check(const pending_check& check);
    result<void> finish_generated(const pending_generated& generated);
    result<void> finish_foreign_key(const pending_foreign_key& key);
    result<void> take_constraint_name(std::string_view name);
    result<std::vector<std::int16_t>> referenced_columns(const pending_foreign_key& key,
                                                         const schema::relation& parent);
    result<void> check_key_types(const schema::constraint& c, const schema::relation& parent);
    bool has_same_unique(const std::vector<std::int16_t>& columns) const;

    schema_change& change_;
    translator& t_;
    schema::relation& r_;
    const bool is_new_;
    std::set<std::string> own_names_;  // constraint names of the relation
    std::vector<pending_key> keys_;
    std::vector<pending_check> checks_;
    std::vector<pending_foreign_key> foreign_keys_;
    std::vector<pending_generated> generated_;
    // Of the column being added.
    bool saw_null_ = false, saw_not_null_ = false, saw_default_ = false;
    bool attributed_ = false;  // the constraint before is a foreign key
    const PgQuery__Node* default_node_ = nullptr;
};

}  // namespace historyd::sql
