#include "storage/catalog/role.hpp"

#include <algorithm>
#include <array>

namespace historyd::catalog {

std::span<const predefined_role> predefined_roles() {
    static constexpr std::array roles{
        predefined_role{3373, "pg_monitor"},
        predefined_role{3374, "pg_read_all_settings"},
        predefined_role{3375, "pg_read_all_stats"},
        predefined_role{3377, "pg_stat_scan_tables"},
        predefined_role{4200, "pg_signal_backend"},
        predefined_role{4544, "pg_checkpoint"},
        predefined_role{4569, "pg_read_server_files"},
        predefined_role{4570, "pg_write_server_files"},
        predefined_role{4571, "pg_execute_server_program"},
        predefined_role{database_owner_role, "pg_database_owner"},
        predefined_role{6181, "pg_read_all_data"},
        predefined_role{6182, "pg_write_all_data"},
    };
    return roles;
}

std::optional<std::string_view> role_name(oid id, std::string_view user) {
    if (id == owner_oid) return user;
    const auto roles = predefined_roles();
    const auto role = std::ranges::find(roles, id, &predefined_role::id);
    if (role == roles.end()) return std::nullopt;
    return role->name;
}

}  // namespace historyd::catalog
