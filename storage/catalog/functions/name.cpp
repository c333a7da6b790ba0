// format_type, the to_reg* functions, visibility, encodings and users by number.

#include <algorithm>
#include <array>

#include "storage/catalog/functions/families.hpp"
#include "storage/catalog/object_names.hpp"
#include "storage/catalog/proc_facts.hpp"
#include "storage/settings/value_check.hpp"

namespace historyd::catalog {

namespace {

// (type, modifier or NULL)
result<value> format_type(const function_call& c) {
    if (c.is_null(0)) return null();
    const auto id = oid_argument(c, 0);
    if (id == 0) return value(std::string("-"));
    if (types::find_type(id) != nullptr) {
        const auto typmod = c.is_null(1) ? -1 : static_cast<std::int32_t>(c.integer(1));
        return value(types::format_type({id, typmod}));
    }
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    return value(scope->type_name(id).value_or("???"));
}

// (reg* type, name): the OID, or NULL where a cast would fail. Numbers are not looked up.
result<value> to_reg(const function_call& c) {
    const auto* context = c.session();
    if (context == nullptr || numeric_oid(c.text(1))) return null();
    auto names = context->io ? context->io->names : nullptr;
    if (!names) names = make_object_names(context->schema, {"public"}, context->user);
    const auto found = names->find(oid_argument(c, 0), c.text(1));
    return found ? value(std::int64_t{*found}) : null();
}

result<value> table_is_visible(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto found = scope->find_class(oid_argument(c, 0));
    return found ? sqlite::bool_value(scope->is_visible(*found)) : null();
}

result<value> type_is_visible(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto id = oid_argument(c, 0);
    if (const auto* fact = find_type_fact(id))
        return sqlite::bool_value(scope->is_type_visible(*fact));
    const auto name = scope->type_name(id);
    return name ? sqlite::bool_value(name->find('.') == std::string::npos) : null();
}

result<value> function_is_visible(const function_call& c) {
    return find_proc_fact(oid_argument(c, 0)) != nullptr ? sqlite::bool_value(true) : null();
}

result<value> get_userbyid(const function_call& c) {
    if (const auto name = role_argument(c, 0)) return value(std::string(*name));
    return value("unknown (OID=" + std::to_string(oid_argument(c, 0)) + ")");
}

// (name, subscript): a name is 64 bytes, counted from 0, those behind its end zero.
result<value> name_get(const function_call& c) {
    constexpr std::int64_t name_bytes = 64;
    const auto name = c.text(0);
    const auto at = c.integer(1);
    if (at < 0 || at >= name_bytes) return null();
    return value(std::string(name.substr(std::min(name.size(), static_cast<std::size_t>(at)), 1)));
}

constexpr std::int64_t sql_ascii = 0, utf8 = 6;

result<value> encoding_to_char(const function_call& c) {
    switch (c.integer(0)) {
        case sql_ascii:
            return value(std::string("SQL_ASCII"));
        case utf8:
            return value(std::string("UTF8"));
        default:
            return value(std::string());
    }
}

result<value> char_to_encoding(const function_call& c) {
    const auto name = settings::lower(c.text(0));
    if (name == "utf8" || name == "utf-8" || name == "unicode") return value(utf8);
    if (name == "sql_ascii") return value(sql_ascii);
    return value(std::int64_t{-1});
}

}  // namespace

std::span<const sqlite::scalar_function> name_functions() {
    static constexpr std::array functions{
        sqlite::nullable<format_type>("pg_format_type", 2),
        sqlite::strict<to_reg>("pg_to_reg", 2),
        sqlite::strict<table_is_visible>("pg_table_is_visible", 1),
        sqlite::strict<type_is_visible>("pg_type_is_visible", 1),
        sqlite::strict<function_is_visible>("pg_function_is_visible", 1),
        sqlite::strict<get_userbyid>("pg_get_userbyid", 1),
        sqlite::strict<name_get>("pg_name_get", 2),
        sqlite::strict<encoding_to_char>("pg_encoding_to_char", 1),
        sqlite::strict<char_to_encoding>("pg_char_to_encoding", 1),
    };
    return functions;
}

}  // namespace historyd::catalog
