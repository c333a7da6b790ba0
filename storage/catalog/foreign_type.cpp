#include "storage/catalog/foreign_type.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace historyd::catalog {

namespace {

using types::type_ref;
namespace type_oid = types::type_oid;

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return out;
}

// The first number in parentheses: VARCHAR(36) gives 36.
std::optional<std::int32_t> length_of(std::string_view declared) {
    const auto open = declared.find('(');
    if (open == std::string_view::npos) return std::nullopt;
    std::int32_t n = 0;
    const auto rest = declared.substr(open + 1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), n);
    if (error != std::errc{} || n < 1 || n > 10'485'760) return std::nullopt;
    return n;
}

struct rule {
    std::string_view contains;
    types::oid type;
    bool foreign_form;
};

// In order; the first that the declaration contains decides. The order follows SQLite's affinity
// rules (INT before CHAR before BLOB before REAL) except for the names PostgreSQL has types for.
constexpr std::array rules{
    rule{"TIMESTAMP", type_oid::timestamptz, true},
    rule{"DATETIME", type_oid::timestamptz, true},
    rule{"INTERVAL", type_oid::text, false},
    rule{"BIGINT", type_oid::int8, false},
    rule{"INT8", type_oid::int8, false},
    rule{"SMALLINT", type_oid::int2, false},
    rule{"INT2", type_oid::int2, false},
    rule{"INT", type_oid::int4, false},
    rule{"CHAR", type_oid::varchar, false},
    rule{"CLOB", type_oid::text, false},
    rule{"TEXT", type_oid::text, false},
    rule{"BLOB", type_oid::bytea, false},
    rule{"REAL", type_oid::float8, false},
    rule{"FLOA", type_oid::float8, false},
    rule{"DOUB", type_oid::float8, false},
    rule{"BOOL", type_oid::bool_, true},
    rule{"DATE", type_oid::date, true},
    rule{"TIME", type_oid::time, true},
    rule{"NUMERIC", type_oid::numeric, true},
    rule{"DECIMAL", type_oid::numeric, true},
    rule{"UUID", type_oid::uuid, true},
    rule{"JSON", type_oid::json, false},
};

bool is_number(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    return !text.empty() && text[0] >= '0' && text[0] <= '9' &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace

foreign_type type_of_declaration(std::string_view declared, bool rowid_key) {
    if (rowid_key) return {.type = {.id = type_oid::int8}, .foreign_form = false};
    const auto name = upper(declared);
    for (const auto& r : rules) {
        if (name.find(r.contains) == std::string::npos) continue;
        type_ref type{.id = r.type};
        if (r.type == type_oid::varchar) {
            if (const auto n = length_of(name)) type.typmod = *n + 4;
        }
        return {.type = type, .foreign_form = r.foreign_form};
    }
    return {.type = {.id = type_oid::text}, .foreign_form = false};
}

std::optional<std::string> default_of_declaration(std::string_view expression, type_ref type) {
    while (expression.size() > 1 && expression.front() == '(' && expression.back() == ')') {
        expression = expression.substr(1, expression.size() - 2);
    }
    const auto name = upper(expression);
    const bool instant = type.id == type_oid::timestamptz;
    if (name == "CURRENT_TIMESTAMP") {
        if (instant) return "now()";
        return std::nullopt;
    }
    if (name == "TRUE" || name == "FALSE") {
        return type.id == type_oid::bool_ ? (name == "TRUE" ? "true" : "false")
                                          : (name == "TRUE" ? "1" : "0");
    }
    if (is_number(expression)) {
        if (type.id == type_oid::bool_) return expression == "0" ? "false" : "true";
        const auto* info = types::find_type(type.id);
        if (info->category == 'N') return std::string(expression);
        return "'" + std::string(expression) + "'::" + types::format_type({.id = type.id});
    }
    // A quoted string is spelled alike in both.
    if (expression.size() >= 2 && expression.front() == '\'' && expression.back() == '\'') {
        return std::string(expression) + "::" + types::format_type({.id = type.id});
    }
    return std::nullopt;
}

}  // namespace historyd::catalog
