#pragma once

#include <map>
#include <set>

#include "storage/sql/ddl/schema_change.hpp"

namespace historyd::sql {

// What DROP takes with it. Objects are added with what depends on them; the steps come from emit().
class removal {
public:
    explicit removal(schema_change& change) : change_(change) {}

    // An object that the statement names.
    void add(const schema::relation& r);
    // Defaults of `owner`, a table that is changed at the same time, are left to that.
    void add(const schema::sequence& s, const schema::relation* owner = nullptr);
    void add(const schema::namespace_info& n);

    // Follows dependencies. With `cascade` they are taken too and a notice tells of them; else
    // 2BP01. `named`: "table t", the first object of the statement, for the error; or "desired
    // object(s)".
    result<void> resolve(bool cascade, const std::string& named);
    result<void> emit();

private:
    struct dependent {
        std::string object;      // "view v"
        std::string depends_on;  // "table t"
    };
    void follow(const schema::relation& r);
    void follow(const schema::sequence& s);
    void note(std::string object, std::string depends_on);
    result<void> strip_foreign_keys(const schema::relation& child);
    const schema::relation* next_table(const std::set<schema::oid>& left) const;
    std::string label(const schema::relation& r) const;

    schema_change& change_;
    std::set<schema::oid> named_;      // given in the statement
    std::set<schema::oid> changed_;    // tables that are changed beside it
    std::set<schema::oid> relations_;  // tables and views to drop, named or not
    std::set<schema::oid> sequences_;
    std::vector<schema::namespace_info> namespaces_;
    // Changes to what stays: foreign keys and defaults that go.
    std::map<schema::oid, std::set<std::string>> constraints_;
    std::map<schema::oid, std::set<std::int16_t>> defaults_;
    std::vector<dependent> dependents_;
};

// "table t", "view s.v": kind and name as PostgreSQL describes an object, qualified when the search
// path does not find it.
std::string object_text(const translator& t, const schema::relation& r);
std::string object_text(const translator& t, const schema::sequence& s);
std::string visible_name(const translator& t, schema::oid namespace_id, std::string_view name);

}  // namespace historyd::sql
