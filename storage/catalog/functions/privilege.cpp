// has_*_privilege and pg_has_role. The session's user owns every object and may read the catalog;
// other users do not exist.

#include <algorithm>
#include <array>

#include "storage/catalog/functions/families.hpp"
#include "storage/catalog/proc_facts.hpp"
#include "storage/catalog/role.hpp"
#include "storage/settings/value_check.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::catalog {

namespace {

constexpr std::array table_privileges{"select",   "insert",     "update", "delete",
                                      "truncate", "references", "trigger"};
constexpr std::array column_privileges{"select", "insert", "update", "references"};
constexpr std::array sequence_privileges{"usage", "select", "update"};
constexpr std::array schema_privileges{"usage", "create"};
constexpr std::array database_privileges{"create", "connect", "temporary", "temp"};
constexpr std::array role_privileges{"usage", "member"};
constexpr std::array usage_privileges{"usage"};
constexpr std::array execute_privileges{"execute"};
constexpr std::array create_privileges{"create"};

using privilege_list = std::span<const char* const>;

privilege_list privileges_of(std::string_view kind) {
    if (kind == "table") return table_privileges;
    if (kind == "column") return column_privileges;
    if (kind == "sequence") return sequence_privileges;
    if (kind == "schema") return schema_privileges;
    if (kind == "database") return database_privileges;
    if (kind == "role") return role_privileges;
    if (kind == "function") return execute_privileges;
    if (kind == "tablespace") return create_privileges;
    return usage_privileges;
}

// "select, insert with grant option": each must be one of the kind's.
result<void> check_privileges(std::string_view kind, std::string_view text) {
    const auto known = privileges_of(kind);
    for (;;) {
        const auto comma = text.find(',');
        const auto given = types::trim_blanks(text.substr(0, comma));
        auto word = settings::lower(given);
        for (const std::string_view option : {" with grant option", " with admin option"}) {
            if (word.ends_with(option)) word.resize(word.size() - option.size());
        }
        if (std::ranges::find(known, std::string_view(word)) == known.end()) {
            return sql_error(sqlstate::invalid_parameter_value,
                             "unrecognized privilege type: \"" + std::string(given) + "\"");
        }
        if (comma == std::string_view::npos) return {};
        text = text.substr(comma + 1);
    }
}

bool is_number(const function_call& c, int i) {
    return std::holds_alternative<std::int64_t>(c.view(i));
}

sql_error missing(std::string_view state, std::string_view what, std::string_view name) {
    return {state, std::string(what) + " \"" + std::string(name) + "\" does not exist"};
}

result<void> check_role(const function_call& c, int i) {
    if (c.is_null(i) || is_number(c, i)) return {};
    const auto name = c.text(i);
    if (name == "public" || (c.session() != nullptr && name == c.session()->user)) return {};
    const auto roles = predefined_roles();
    if (std::ranges::find(roles, name, &predefined_role::name) != roles.end()) return {};
    return missing(sqlstate::undefined_object, "role", name);
}

// Whether the object is there. An error when it is given by a name that is not.
result<bool> object_exists(const name_scope& scope, std::string_view kind, const function_call& c,
                           int i) {
    if (kind == "table" || kind == "column" || kind == "sequence") {
        const auto id = class_argument(scope, c, i);
        if (!id) return id.error();
        return scope.find_class(*id).has_value();
    }
    if (kind == "schema") {
        if (is_number(c, i)) {
            return scope.schema().find_namespace(oid_argument(c, i)) != nullptr;
        }
        if (scope.schema().find_namespace(c.text(i)) != nullptr) return true;
        return missing(sqlstate::invalid_schema_name, "schema", c.text(i));
    }
    if (kind == "database" && !is_number(c, i) && c.text(i) != c.session()->database) {
        return missing(sqlstate::invalid_catalog_name, "database", c.text(i));
    }
    if (kind == "function" && is_number(c, i)) {
        return find_proc_fact(oid_argument(c, i)) != nullptr;
    }
    return true;
}

// (kind, user or NULL, object, privileges)
result<value> has_privilege(const function_call& c) {
    for (const int i : {2, 3}) {
        if (c.is_null(i)) return value(std::monostate{});
    }
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto kind = c.text(0);
    if (auto role = check_role(c, 1); !role) return role.error();
    if (kind == "role") {
        if (auto role = check_role(c, 2); !role) return role.error();
    }
    const auto exists = kind == "role" ? result<bool>(true) : object_exists(*scope, kind, c, 2);
    if (!exists) return exists.error();
    if (auto known = check_privileges(kind, c.text(3)); !known) return known.error();
    return *exists ? sqlite::bool_value(true) : value(std::monostate{});
}

// (user or NULL, table, column name or number, privileges)
result<value> has_column_privilege(const function_call& c) {
    for (const int i : {1, 2, 3}) {
        if (c.is_null(i)) return value(std::monostate{});
    }
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    if (auto role = check_role(c, 0); !role) return role.error();
    const auto id = class_argument(*scope, c, 1);
    if (!id) return id.error();
    const auto* table = scope->schema().find_relation(*id);
    if (table == nullptr) return value(std::monostate{});
    const auto* column = is_number(c, 2)
                             ? table->find_column(static_cast<std::int16_t>(c.integer(2)))
                             : table->find_column(c.text(2));
    if (column == nullptr) {
        if (is_number(c, 2)) return value(std::monostate{});
        return sql_error(sqlstate::undefined_column, "column \"" + std::string(c.text(2)) +
                                                         "\" of relation \"" + table->name +
                                                         "\" does not exist");
    }
    if (auto known = check_privileges("column", c.text(3)); !known) return known.error();
    return sqlite::bool_value(true);
}

// A role as an aclitem has it: quoted unless it is letters, digits and underscores.
std::string acl_name(std::string_view role) {
    const bool plain = std::ranges::all_of(role, [](char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z');
    });
    if (plain) return std::string(role);
    std::string out = "\"";
    for (const char c : role) {
        if (c == '"') out += c;
        out += c;
    }
    return out + '"';
}

// What an object's acl column being NULL stands for (PostgreSQL's acldefault): the type's letter
// and the owner's OID.
result<value> acl_default(const function_call& c) {
    struct kind {
        char letter;
        std::string_view everybody, owner;
    };
    static constexpr std::array kinds{
        kind{'c', "", ""},   kind{'r', "", "arwdDxt"}, kind{'s', "", "rwU"}, kind{'d', "Tc", "CTc"},
        kind{'f', "X", "X"}, kind{'l', "U", "U"},      kind{'L', "", "rw"},  kind{'n', "", "UC"},
        kind{'p', "", "sA"}, kind{'t', "", "C"},       kind{'F', "", "U"},   kind{'S', "", "U"},
        kind{'T', "U", "U"},
    };
    const auto letter = c.text(0);
    const auto found = std::ranges::find(
        kinds, letter, [](const kind& k) { return std::string_view(&k.letter, 1); });
    if (found == kinds.end()) {
        return sql_error(sqlstate::internal_error,
                         "unrecognized objtype abbreviation: " + std::string(letter));
    }
    const auto owner = acl_name(role_argument(c, 1).value_or(std::to_string(oid_argument(c, 1))));
    std::vector<std::optional<std::string>> items;
    const auto add = [&](const std::string& grantee, std::string_view privileges) {
        if (privileges.empty()) return;
        items.emplace_back(grantee + "=" + std::string(privileges) + "/" + owner);
    };
    add("", found->everybody);
    add(owner, found->owner);
    return value(types::array_to_text(types::one_dimensional(std::move(items))));
}

}  // namespace

std::span<const sqlite::scalar_function> privilege_functions() {
    static constexpr std::array functions{
        sqlite::strict<acl_default>("pg_acldefault", 2),
        sqlite::nullable<has_privilege>("pg_has_privilege", 4),
        sqlite::nullable<has_column_privilege>("pg_has_column_privilege", 4),
    };
    return functions;
}

}  // namespace historyd::catalog
