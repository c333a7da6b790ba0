#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/catalog/facts.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd::catalog {

// Names of objects as a statement of the session reads and prints them: with the schema only where
// the search path does not lead to the object. Borrows; lives for one call.
class name_scope {
public:
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
    // Errors: 42P01, 3F000, 42602; 0 digits only: the number itself.
    result<oid> class_oid(std::string_view text) const;
    result<oid> namespace_oid(std::string_view text) const;

    const schema::schema& schema() const { return schema_; }

private:
    std::optional<object> find_class(oid namespace_id, std::string_view name) const;

    const schema::schema& schema_;
    std::vector<oid> path_;  // pg_catalog first unless the path names it
};

// 'a.b', '"A".b': the parts of a dotted name, unquoted ones folded. 42602 when it is not one.
result<std::vector<std::string>> split_dotted(std::string_view text);

// Digits only: an OID written as a number.
std::optional<oid> numeric_oid(std::string_view text);

}  // namespace historyd::catalog
