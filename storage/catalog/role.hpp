#pragma once

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

inline constexpr oid database_owner_role = 6171;  // pg_database_owner: owns the schema public

}  // namespace historyd::catalog
