#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "storage/catalog/facts.hpp"

namespace historyd::catalog {

// The roles PostgreSQL comes with. Beside them there is the session's user, owner_oid.
struct predefined_role {
    oid id;
    std::string_view name;
};
std::span<const predefined_role> predefined_roles();

// Returns: nullopt when nobody has this OID. `user`: who owner_oid is.
std::optional<std::string_view> role_name(oid id, std::string_view user);

inline constexpr oid database_owner_role = 6171;  // pg_database_owner: owns the schema public

}  // namespace historyd::catalog
