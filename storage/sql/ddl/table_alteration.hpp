#pragma once

#include "storage/sql/ddl/schema_change.hpp"
#include "storage/sql/ddl/table_builder.hpp"

namespace historyd::sql {

// ALTER TABLE: the commands are applied to a copy of the relation, in PostgreSQL's order of passes;
// finish() emits what SQLite needs. Columns come and go by SQLite's own ALTER TABLE; everything
// that only changes the table's declaration is one redeclaration at the end.
class table_alteration {
public:
    table_alteration(translator& t, const schema::relation& r)
        : change_(t), t_(t), before_(r), r_(r) {}

    result<void> apply(const PgQuery__AlterTableCmd& command);
    result<void> finish();
    schema_change& change() { return change_; }

    // Lower passes first: drops, types, new columns, column attributes, constraints.
    static int pass_of(const PgQuery__AlterTableCmd& command);

private:
    // --- alter_column.cpp
    result<void> add_column(const PgQuery__AlterTableCmd& command);
    void number_elsewhere(const schema::column& c);
    result<void> fill_new_column(const schema::column& c, const table_builder& builder);
    result<void> drop_column(const PgQuery__AlterTableCmd& command);
    result<void> drop_column_parts(std::int16_t attnum, bool cascade);
    result<void> set_default(const PgQuery__AlterTableCmd& command);
    result<void> set_not_null(const PgQuery__AlterTableCmd& command, bool wanted);
    result<void> add_identity(const PgQuery__AlterTableCmd& command);
    result<void> drop_identity(const PgQuery__AlterTableCmd& command);
    result<schema::column*> column_named(std::string_view name);
    result<void> number_rows(const schema::column& c, const schema::sequence& s);

    // --- alter_constraint.cpp
    result<void> add_constraint(const PgQuery__AlterTableCmd& command);
    result<void> verify_constraint(const schema::constraint& c);
    result<void> drop_constraint(const PgQuery__AlterTableCmd& command);
    result<void> drop_referencing_keys(const schema::constraint& key, bool cascade);

    // --- alter_type.cpp
    result<void> change_type(const PgQuery__AlterTableCmd& command);
    result<expr> converted(const PgQuery__ColumnDef& def, const schema::column& old_column,
                           const schema::column& new_column);

    // The declaration has to be written again; 0A000 for a table that another program made.
    result<void> need_redeclaration();
    void drop_sqlite_index(const schema::index& i);
    result<void> make_sqlite_index(const schema::index& i);
    void skip(std::string message, std::string_view state = sqlstate::successful_completion);
    std::string table_sql() const { return quote_name(r_.sqlite_name); }

    schema_change change_;
    translator& t_;
    const schema::relation& before_;
    schema::relation r_;
    bool redeclared_ = false;
    std::vector<schema::sequence> saved_sequences_;
    std::vector<schema::oid> new_constraints_, new_indexes_;
};

}  // namespace historyd::sql
