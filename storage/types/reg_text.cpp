#include "storage/types/reg_text.hpp"

#include <algorithm>

#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::types {

namespace {

// A type's name as SQL spells it: folded unless quoted, pg_catalog. left out.
std::string folded_type_name(std::string_view text) {
    std::string name;
    bool quoted = false, was_blank = false;
    for (const char c : trim_blanks(text)) {
        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        const bool blank = !quoted && is_blank(c);
        if (blank && was_blank) continue;
        was_blank = blank;
        name += quoted ? c : blank ? ' ' : to_lower(c);
    }
    constexpr std::string_view schema = "pg_catalog.";
    if (name.starts_with(schema)) name.erase(0, schema.size());
    return name;
}

std::string without_modifier(std::string name) {
    const auto open = name.find('(');
    const auto close = name.find(')');
    if (open != std::string::npos && close != std::string::npos && open < close) {
        name.erase(open, close - open + 1);
    }
    return name;
}

sql_error unknown_name(oid reg_type, std::string_view text) {
    const auto missing = [text](std::string_view what) {
        return std::string(what).append(" \"").append(text).append("\" does not exist");
    };
    switch (reg_type) {
        case type_oid::regclass:
            return {sqlstate::undefined_table, missing("relation")};
        case type_oid::regproc:
        case type_oid::regprocedure:
            return {sqlstate::undefined_function, missing("function")};
        case type_oid::regnamespace:
            return {sqlstate::invalid_schema_name, missing("schema")};
        case type_oid::regrole:
            return {sqlstate::undefined_object, missing("role")};
        case type_oid::regoper: {
            return {sqlstate::undefined_function, "operator does not exist: " + std::string(text)};
        }
        case type_oid::regtype:
            return {sqlstate::undefined_object, missing("type")};
        default:
            return {sqlstate::undefined_object, missing("object")};
    }
}

}  // namespace

bool is_reg_type(oid type) {
    constexpr oid regoperator = 2204, regconfig = 3734, regdictionary = 3769, regcollation = 4191;
    constexpr oid all[] = {
        type_oid::regproc,      type_oid::regprocedure, type_oid::regoper, regoperator,
        type_oid::regclass,     type_oid::regtype,      regconfig,         regdictionary,
        type_oid::regnamespace, type_oid::regrole,      regcollation};
    return std::find(std::begin(all), std::end(all), type) != std::end(all);
}

result<std::int64_t> reg_in(oid reg_type, std::string_view text, const io_settings& settings) {
    const auto trimmed = trim_blanks(text);
    if (trimmed == "-") return std::int64_t{0};
    if (!trimmed.empty() && std::all_of(trimmed.begin(), trimmed.end(), is_digit)) {
        return parse_oid(trimmed);
    }
    if (reg_type == type_oid::regtype) {
        const std::string name = folded_type_name(text);
        const auto* info = find_type(std::string_view(name));
        if (info == nullptr) info = find_type(std::string_view(without_modifier(name)));
        // The one-byte type is spelled "char" with its quotes; without them char is bpchar.
        if (info != nullptr && info->id == type_oid::char_ &&
            trimmed.find('"') == std::string_view::npos) {
            info = find_type(type_oid::bpchar);
        }
        if (info != nullptr) return std::int64_t{info->id};
    }
    if (settings.names) {
        if (const auto found = settings.names->find(reg_type, trimmed)) return std::int64_t{*found};
    }
    return unknown_name(reg_type, trimmed);
}

void reg_out(oid reg_type, std::int64_t object, const io_settings& settings, std::string& out) {
    if (object == 0) {
        out += '-';
        return;
    }
    const auto id = static_cast<oid>(object);
    if (const auto* info = find_type(id); reg_type == type_oid::regtype && info != nullptr) {
        out += info->display_name;
        return;
    }
    if (settings.names) {
        if (const auto name = settings.names->name(reg_type, id)) {
            out += *name;
            return;
        }
    }
    format_integer(object, out);
}

}  // namespace historyd::types
