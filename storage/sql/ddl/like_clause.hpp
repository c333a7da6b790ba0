#pragma once

#include "storage/sql/ddl/table_builder.hpp"

namespace historyd::sql {

// LIKE table INCLUDING ... in CREATE TABLE: what is taken over, written as the definition of a
// table that is parsed like any other.
class like_clause {
public:
    // Errors: 42P01, 42809; 0A000 for rules of another program's that only SQLite can read.
    static result<like_clause> read(schema_change& change, const PgQuery__TableLikeClause& node);

    result<void> add_columns(table_builder& to) const;
    result<void> add_constraints(table_builder& to) const;
    // Requires: the columns and constraints are in the relation. Its other indexes, and comments.
    result<void> add_indexes(schema_change& change, schema::relation& to) const;

private:
    like_clause(const schema::relation& source, std::uint32_t options)
        : source_(&source), options_(options) {}
    bool includes(PgQuery__TableLikeOption option) const;
    std::string column_text(const schema::schema& s, const schema::column& c) const;
    std::string definition(const schema::schema& s) const;
    node_list elements() const;

    const schema::relation* source_;
    std::uint32_t options_;
    std::vector<raw_statement> parsed_;  // CREATE TABLE "like" (...)
};

}  // namespace historyd::sql
