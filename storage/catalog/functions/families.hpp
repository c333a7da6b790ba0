#pragma once

#include "storage/catalog/name_scope.hpp"
#include "storage/catalog/role.hpp"
#include "storage/sqlite/functions/registration.hpp"
#include "storage/sqlite/functions/table_function.hpp"

// The functions over the catalog by family, one file each.

namespace historyd::catalog {

using sqlite::function_call;

std::span<const sqlite::scalar_function> definition_functions();
std::span<const sqlite::scalar_function> name_functions();
std::span<const sqlite::scalar_function> privilege_functions();
std::span<const sqlite::scalar_function> size_functions();

// The name scope of the statement that is running. Errors: XX000 outside a statement.
inline result<name_scope> scope_of(const function_call& c) {
    const auto* context = c.session();
    if (context == nullptr || !context->schema) {
        return sql_error(sqlstate::internal_error, "catalog function called outside a statement");
    }
    return name_scope(*context);
}

inline value null() { return std::monostate{}; }
inline oid oid_argument(const function_call& c, int i) { return static_cast<oid>(c.integer(i)); }

// The role that an OID argument names; nullopt when there is none.
inline std::optional<std::string_view> role_argument(const function_call& c, int i) {
    const auto* context = c.session();
    return role_name(oid_argument(c, i), context != nullptr ? context->user : std::string_view());
}

// A relation argument: its OID, or its name in a text argument (42P01 when there is none).
inline result<oid> class_argument(const name_scope& scope, const function_call& c, int i) {
    if (std::holds_alternative<std::int64_t>(c.view(i))) return oid_argument(c, i);
    return scope.class_oid(c.text(i));
}

}  // namespace historyd::catalog
