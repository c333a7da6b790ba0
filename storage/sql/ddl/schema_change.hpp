#pragma once

#include <set>
#include <string>
#include <utility>

#include "storage/schema/own_tables.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// What one DDL statement does: SQLite statements in order, rows of historyd's own tables, OIDs and
// names that it takes. One object per statement.
class schema_change {
public:
    explicit schema_change(translator& t);

    translator& t() { return t_; }
    const schema::schema& schema() const { return t_.schema(); }

    schema::oid new_oid() { return next_oid_++; }
    void run(std::string sql, std::vector<value> parameters = {});
    // A statement for a backend, after this one itself.
    void run_on_backend(std::string sql) { backend_sql_.push_back(std::move(sql)); }
    void notice(sql_error e) { notices_.push_back(std::move(e)); }

    void save(const schema::relation& r);
    void save(const schema::sequence& s);
    void save(const schema::namespace_info& n);
    void erase(const schema::relation& r);
    void erase(const schema::sequence& s);
    void erase(const schema::namespace_info& n);
    // Fails the statement when a row of `query` exists (checked by SQLite when the step runs).
    void fail_if(std::string_view from_and_where, const sql_error& error);

    // Whether a table, view, index or sequence of the namespace has the name, those included that
    // this statement has made.
    bool is_taken(schema::oid namespace_id, std::string_view name) const;
    void take(schema::oid namespace_id, std::string_view name);
    // PostgreSQL's names for what the statement did not name: a_b_label, numbered until it is free,
    // shortened to 63 bytes. Empty parts are left out. The name is taken.
    std::string free_relation_name(schema::oid namespace_id, std::string_view a, std::string_view b,
                                   std::string_view label);
    std::string free_constraint_name(schema::oid namespace_id, std::string_view a,
                                     std::string_view b, std::string_view label);
    void take_constraint(schema::oid namespace_id, std::string_view name);
    // The SQLite name of a new relation: SQLite's names compare without case and some are reserved,
    // so it may differ from PostgreSQL's.
    std::string new_sqlite_name(schema::oid namespace_id, std::string_view name);
    // The same for a new index; 0A000 when only its case is new.
    result<std::string> new_sqlite_index(const schema::relation& r, std::string_view index);

    std::shared_ptr<plan> finish(std::string tag);

private:
    void note_place(schema::oid namespace_id);
    void append(std::vector<schema::own_change> changes);

    translator& t_;
    schema::oid next_oid_;
    std::set<std::pair<schema::oid, std::string>> taken_names_, taken_constraints_;
    std::set<std::string> taken_sqlite_names_;  // lower case
    std::vector<plan::step> steps_;
    std::vector<std::string> backend_sql_;
    std::vector<sql_error> notices_;
    bool changes_temporary_ = false, changes_permanent_ = false;
};

// a_b_label cut to 63 bytes as PostgreSQL cuts it: the longer of a and b first.
std::string object_name(std::string_view a, std::string_view b, std::string_view label);

// The SQLite name of an index of `r`: plain in public, "schema.name" elsewhere.
std::string sqlite_index_name(const schema::schema& s, const schema::relation& r,
                              std::string_view index);

}  // namespace historyd::sql
