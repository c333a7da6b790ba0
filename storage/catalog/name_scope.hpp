#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/catalog/facts.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd::catalog {

// Names of objects as a session reads and prints them: with the schema only where the search path
// does not lead to the object. Borrows the schema.
class name_scope {
public:
    // `search_path` as settings::searched_schemas() gives it, "$user" replaced by `user`.
    name_scope(const schema::schema& schema, const std::vector<std::string>& search_path,
               std::string_view user);
    explicit name_scope(const sqlite::statement_context& context);

    // A relation, index or sequence: what pg_class has a row for.
    struct object {
        oid id = 0;
        oid namespace_id = 0;
        std::string_view name;
    };
    std::optional<object> find_class(oid id) const;

    bool is_visible(const object& o) const;
    bool is_type_visible(const type_fact& type) const;
    // "t", or "s.t" where t alone would be another or none; quoted where needed.
    std::string class_name(const object& o) const;
    std::string qualified_name(const object& o) const;
    std::string namespace_name(oid id) const;

    // 'name', 'schema.name', '"Name"' or digits, as regclass takes them.
    // Errors: 42P01, 3F000, 42601, 42602.
    result<oid> class_oid(std::string_view text) const;
    // The same of names that are apart already; the search path's without `space_name`.
    result<oid> class_oid(std::string_view space_name, std::string_view name) const;
    result<oid> namespace_oid(std::string_view text) const;
    // The tables' constraints of that name in the first schema that has one, and their tables.
    // Errors: 42704, 3F000.
    using table_constraint = std::pair<const schema::relation*, const schema::constraint*>;
    result<std::vector<table_constraint>> constraints(std::string_view space_name,
                                                      std::string_view name) const;

    // A row type or one of PostgreSQL's own types by its plain name; arrays of them with [] behind.
    std::optional<oid> type_oid(std::string_view text) const;
    // As format_type prints it without a modifier. Returns: nullopt when unknown.
    std::optional<std::string> type_name(oid id) const;

    const schema::schema& schema() const { return schema_; }

private:
    std::optional<object> find_class(oid namespace_id, std::string_view name) const;
    const schema::relation* row_type_relation(oid type) const;
    const schema::namespace_info* find_namespace(std::string_view name) const;

    const schema::schema& schema_;
    std::vector<oid> path_;  // pg_catalog first unless the path names it, after temporary tables
    std::string temporary_;  // what "pg_temp" stands for
};

// 'a.b', '"A".b': the parts of a dotted name, unquoted ones folded. 42602 when it is not one.
result<std::vector<std::string>> split_dotted(std::string_view text);

// Digits only: an OID written as a number.
std::optional<oid> numeric_oid(std::string_view text);

}  // namespace historyd::catalog
