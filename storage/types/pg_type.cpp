#include "storage/types/pg_type.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>

#include "storage/types/interval_typmod.hpp"

namespace historyd::types {

namespace {

// In order of OID, from pg_type: id, name, display name, length, category, preferred, element,
// array.
constexpr auto type_table = [] {
    using enum storage_form;
    return std::to_array<type_info>({
        {16, "bool", "boolean", 1, 'B', true, 0, 1000, integer, ""},
        {17, "bytea", "bytea", -1, 'U', false, 0, 1001, blob, ""},
        {18, "char", "\"char\"", 1, 'Z', false, 0, 1002, text, ""},
        {19, "name", "name", 64, 'S', false, 0, 1003, text, ""},
        {20, "int8", "bigint", 8, 'N', false, 0, 1016, integer, ""},
        {21, "int2", "smallint", 2, 'N', false, 0, 1005, integer, ""},
        {22, "int2vector", "int2vector", -1, 'A', false, 21, 1006, text, "pg_array_int2"},
        {23, "int4", "integer", 4, 'N', false, 0, 1007, integer, ""},
        {24, "regproc", "regproc", 4, 'N', false, 0, 1008, integer, ""},
        {25, "text", "text", -1, 'S', true, 0, 1009, text, ""},
        {26, "oid", "oid", 4, 'N', true, 0, 1028, integer, ""},
        {27, "tid", "tid", 6, 'U', false, 0, 1010, text, ""},
        {28, "xid", "xid", 4, 'U', false, 0, 1011, integer, ""},
        {29, "cid", "cid", 4, 'U', false, 0, 1012, integer, ""},
        {30, "oidvector", "oidvector", -1, 'A', false, 26, 1013, text, "pg_array_oid"},
        {114, "json", "json", -1, 'U', false, 0, 199, text, ""},
        {142, "xml", "xml", -1, 'U', false, 0, 143, text, ""},
        {143, "_xml", "xml[]", -1, 'A', false, 142, 0, text, ""},
        {194, "pg_node_tree", "pg_node_tree", -1, 'Z', false, 0, 0, text, ""},
        {199, "_json", "json[]", -1, 'A', false, 114, 0, text, ""},
        {271, "_xid8", "xid8[]", -1, 'A', false, 5069, 0, text, ""},
        {650, "cidr", "cidr", -1, 'I', false, 0, 651, text, "pg_inet"},
        {651, "_cidr", "cidr[]", -1, 'A', false, 650, 0, text, "pg_array_cidr"},
        {700, "float4", "real", 4, 'N', false, 0, 1021, real, ""},
        {701, "float8", "double precision", 8, 'N', true, 0, 1022, real, ""},
        {705, "unknown", "unknown", -2, 'X', false, 0, 0, text, ""},
        {869, "inet", "inet", -1, 'I', true, 0, 1041, text, "pg_inet"},
        {1000, "_bool", "boolean[]", -1, 'A', false, 16, 0, text, "pg_array_bool"},
        {1001, "_bytea", "bytea[]", -1, 'A', false, 17, 0, text, "pg_array_bytea"},
        {1002, "_char", "\"char\"[]", -1, 'A', false, 18, 0, text, "pg_array_char"},
        {1003, "_name", "name[]", -1, 'A', false, 19, 0, text, "pg_array_name"},
        {1005, "_int2", "smallint[]", -1, 'A', false, 21, 0, text, "pg_array_int2"},
        {1006, "_int2vector", "int2vector[]", -1, 'A', false, 22, 0, text, ""},
        {1007, "_int4", "integer[]", -1, 'A', false, 23, 0, text, "pg_array_int4"},
        {1008, "_regproc", "regproc[]", -1, 'A', false, 24, 0, text, "pg_array_regproc"},
        {1009, "_text", "text[]", -1, 'A', false, 25, 0, text, "pg_array_text"},
        {1010, "_tid", "tid[]", -1, 'A', false, 27, 0, text, ""},
        {1011, "_xid", "xid[]", -1, 'A', false, 28, 0, text, ""},
        {1012, "_cid", "cid[]", -1, 'A', false, 29, 0, text, ""},
        {1013, "_oidvector", "oidvector[]", -1, 'A', false, 30, 0, text, ""},
        {1014, "_bpchar", "character[]", -1, 'A', false, 1042, 0, text, "pg_array_bpchar"},
        {1015, "_varchar", "character varying[]", -1, 'A', false, 1043, 0, text,
         "pg_array_varchar"},
        {1016, "_int8", "bigint[]", -1, 'A', false, 20, 0, text, "pg_array_int8"},
        {1021, "_float4", "real[]", -1, 'A', false, 700, 0, text, "pg_array_float4"},
        {1022, "_float8", "double precision[]", -1, 'A', false, 701, 0, text, "pg_array_float8"},
        {1028, "_oid", "oid[]", -1, 'A', false, 26, 0, text, "pg_array_oid"},
        {1033, "aclitem", "aclitem", 12, 'U', false, 0, 1034, text, ""},
        {1034, "_aclitem", "aclitem[]", -1, 'A', false, 1033, 0, text, ""},
        {1041, "_inet", "inet[]", -1, 'A', false, 869, 0, text, "pg_array_inet"},
        {1042, "bpchar", "character", -1, 'S', false, 0, 1014, text, "rtrim"},
        {1043, "varchar", "character varying", -1, 'S', false, 0, 1015, text, ""},
        {1082, "date", "date", 4, 'D', false, 0, 1182, text, ""},
        {1083, "time", "time without time zone", 8, 'D', false, 0, 1183, text, ""},
        {1114, "timestamp", "timestamp without time zone", 8, 'D', false, 0, 1115, text, ""},
        {1115, "_timestamp", "timestamp without time zone[]", -1, 'A', false, 1114, 0, text,
         "pg_array_timestamp"},
        {1182, "_date", "date[]", -1, 'A', false, 1082, 0, text, "pg_array_date"},
        {1183, "_time", "time without time zone[]", -1, 'A', false, 1083, 0, text, "pg_array_time"},
        {1184, "timestamptz", "timestamp with time zone", 8, 'D', true, 0, 1185, text, ""},
        {1185, "_timestamptz", "timestamp with time zone[]", -1, 'A', false, 1184, 0, text,
         "pg_array_timestamptz"},
        {1186, "interval", "interval", 16, 'T', true, 0, 1187, text, "pg_interval"},
        {1187, "_interval", "interval[]", -1, 'A', false, 1186, 0, text, "pg_array_interval"},
        {1231, "_numeric", "numeric[]", -1, 'A', false, 1700, 0, text, "pg_array_numeric"},
        {1263, "_cstring", "cstring[]", -1, 'A', false, 2275, 0, text, ""},
        {1266, "timetz", "time with time zone", 12, 'D', false, 0, 1270, text, "pg_timetz"},
        {1270, "_timetz", "time with time zone[]", -1, 'A', false, 1266, 0, text,
         "pg_array_timetz"},
        {1700, "numeric", "numeric", -1, 'N', false, 0, 1231, text, "pg_numeric"},
        {1790, "refcursor", "refcursor", -1, 'U', false, 0, 2201, text, ""},
        {2201, "_refcursor", "refcursor[]", -1, 'A', false, 1790, 0, text, ""},
        {2202, "regprocedure", "regprocedure", 4, 'N', false, 0, 2207, integer, ""},
        {2203, "regoper", "regoper", 4, 'N', false, 0, 2208, integer, ""},
        {2204, "regoperator", "regoperator", 4, 'N', false, 0, 2209, integer, ""},
        {2205, "regclass", "regclass", 4, 'N', false, 0, 2210, integer, ""},
        {2206, "regtype", "regtype", 4, 'N', false, 0, 2211, integer, ""},
        {2207, "_regprocedure", "regprocedure[]", -1, 'A', false, 2202, 0, text,
         "pg_array_regprocedure"},
        {2208, "_regoper", "regoper[]", -1, 'A', false, 2203, 0, text, "pg_array_regoper"},
        {2209, "_regoperator", "regoperator[]", -1, 'A', false, 2204, 0, text,
         "pg_array_regoperator"},
        {2210, "_regclass", "regclass[]", -1, 'A', false, 2205, 0, text, "pg_array_regclass"},
        {2211, "_regtype", "regtype[]", -1, 'A', false, 2206, 0, text, "pg_array_regtype"},
        {2249, "record", "record", -1, 'P', false, 0, 2287, text, ""},
        {2275, "cstring", "cstring", -2, 'P', false, 0, 1263, text, ""},
        {2276, "any", "\"any\"", 4, 'P', false, 0, 0, text, ""},
        {2277, "anyarray", "anyarray", -1, 'P', false, 0, 0, text, ""},
        {2278, "void", "void", 4, 'P', false, 0, 0, text, ""},
        {2279, "trigger", "trigger", 4, 'P', false, 0, 0, text, ""},
        {2283, "anyelement", "anyelement", 4, 'P', false, 0, 0, text, ""},
        {2287, "_record", "record[]", -1, 'P', false, 2249, 0, text, ""},
        {2776, "anynonarray", "anynonarray", 4, 'P', false, 0, 0, text, ""},
        {2950, "uuid", "uuid", 16, 'U', false, 0, 2951, text, ""},
        {2951, "_uuid", "uuid[]", -1, 'A', false, 2950, 0, text, "pg_array_uuid"},
        {3220, "pg_lsn", "pg_lsn", 8, 'U', false, 0, 3221, text, ""},
        {3221, "_pg_lsn", "pg_lsn[]", -1, 'A', false, 3220, 0, text, ""},
        {3734, "regconfig", "regconfig", 4, 'N', false, 0, 3735, integer, ""},
        {3735, "_regconfig", "regconfig[]", -1, 'A', false, 3734, 0, text, "pg_array_regconfig"},
        {3769, "regdictionary", "regdictionary", 4, 'N', false, 0, 3770, integer, ""},
        {3770, "_regdictionary", "regdictionary[]", -1, 'A', false, 3769, 0, text,
         "pg_array_regdictionary"},
        {3802, "jsonb", "jsonb", -1, 'U', false, 0, 3807, text, "pg_jsonb"},
        {3807, "_jsonb", "jsonb[]", -1, 'A', false, 3802, 0, text, "pg_array_jsonb"},
        {4072, "jsonpath", "jsonpath", -1, 'U', false, 0, 4073, text, ""},
        {4073, "_jsonpath", "jsonpath[]", -1, 'A', false, 4072, 0, text, ""},
        {4089, "regnamespace", "regnamespace", 4, 'N', false, 0, 4090, integer, ""},
        {4090, "_regnamespace", "regnamespace[]", -1, 'A', false, 4089, 0, text,
         "pg_array_regnamespace"},
        {4096, "regrole", "regrole", 4, 'N', false, 0, 4097, integer, ""},
        {4097, "_regrole", "regrole[]", -1, 'A', false, 4096, 0, text, "pg_array_regrole"},
        {4191, "regcollation", "regcollation", 4, 'N', false, 0, 4192, integer, ""},
        {4192, "_regcollation", "regcollation[]", -1, 'A', false, 4191, 0, text,
         "pg_array_regcollation"},
        {5069, "xid8", "xid8", 8, 'U', false, 0, 271, text, ""},
        {5077, "anycompatible", "anycompatible", 4, 'P', false, 0, 0, text, ""},
        {5078, "anycompatiblearray", "anycompatiblearray", -1, 'P', false, 0, 0, text, ""},
        {5079, "anycompatiblenonarray", "anycompatiblenonarray", 4, 'P', false, 0, 0, text, ""},
    });
}();

// Table position + 1 by OID: look-ups are on the path of every value.
constexpr oid last_oid = type_table.back().id;
constexpr auto positions = [] {
    std::array<std::uint8_t, last_oid + 1> result{};
    static_assert(type_table.size() < 255);
    for (std::size_t i = 0; i < type_table.size(); ++i) {
        result[type_table[i].id] = static_cast<std::uint8_t>(i + 1);
    }
    return result;
}();

// SQL spellings that are neither a typname nor what format_type prints.
constexpr std::pair<std::string_view, oid> aliases[] = {
    {"int", type_oid::int4},
    {"dec", type_oid::numeric},
    {"decimal", type_oid::numeric},
    {"float", type_oid::float8},
    {"nchar", type_oid::bpchar},
    {"national character", type_oid::bpchar},
    {"char varying", type_oid::varchar},
    {"national character varying", type_oid::varchar},
};

const std::unordered_map<std::string_view, const type_info*>& by_name() {
    static const auto names = [] {
        std::unordered_map<std::string_view, const type_info*> result;
        // Typnames win over display names: "char" is the one-byte type.
        for (const auto& t : type_table) result.emplace(t.name, &t);
        for (const auto& t : type_table) result.emplace(t.display_name, &t);
        for (const auto& [name, id] : aliases) result.emplace(name, find_type(id));
        return result;
    }();
    return names;
}

std::string interval_suffix(std::int32_t typmod) {
    constexpr int year = interval_year, month = interval_month, day = interval_day,
                  hour = interval_hour, minute = interval_minute, second = interval_second;
    constexpr std::pair<int, std::string_view> names[] = {
        {year, " year"},
        {month, " month"},
        {day, " day"},
        {hour, " hour"},
        {minute, " minute"},
        {second, " second"},
        {year | month, " year to month"},
        {day | hour, " day to hour"},
        {day | hour | minute, " day to minute"},
        {day | hour | minute | second, " day to second"},
        {hour | minute, " hour to minute"},
        {hour | minute | second, " hour to second"},
        {minute | second, " minute to second"},
    };
    std::string text;
    for (const auto& [fields, name] : names) {
        if (fields == interval_fields(typmod)) text = name;
    }
    const int precision = interval_precision(typmod);
    if (precision >= 0) text += "(" + std::to_string(precision) + ")";
    return text;
}

std::string with_precision(std::string_view before, std::int32_t typmod, std::string_view after) {
    return std::string(before) + "(" + std::to_string(typmod) + ")" + std::string(after);
}

std::string format_scalar(const type_info& t, std::int32_t typmod) {
    switch (t.id) {
        case type_oid::bpchar:
            if (typmod < 0) return "bpchar";
            return with_precision("character", typmod - 4, "");
        case type_oid::varchar:
            if (typmod < 0) break;
            return with_precision("character varying", typmod - 4, "");
        case type_oid::numeric: {
            if (typmod < 4) break;
            const int modifier = typmod - 4;
            // The scale is an 11-bit two's complement number since PostgreSQL 15.
            const int scale = ((modifier & 0x7FF) ^ 1024) - 1024;
            return "numeric(" + std::to_string((modifier >> 16) & 0xFFFF) + "," +
                   std::to_string(scale) + ")";
        }
        case type_oid::timestamp:
            if (typmod < 0) break;
            return with_precision("timestamp", typmod, " without time zone");
        case type_oid::timestamptz:
            if (typmod < 0) break;
            return with_precision("timestamp", typmod, " with time zone");
        case type_oid::time:
            if (typmod < 0) break;
            return with_precision("time", typmod, " without time zone");
        case type_oid::timetz:
            if (typmod < 0) break;
            return with_precision("time", typmod, " with time zone");
        case type_oid::interval:
            if (typmod < 0) break;
            return "interval" + interval_suffix(typmod);
        default:
            break;
    }
    return std::string(t.display_name);
}

}  // namespace

const type_info* find_type(oid id) {
    if (id > last_oid || positions[id] == 0) return nullptr;
    return &type_table[positions[id] - 1];
}

const type_info* find_type(std::string_view name) {
    const auto& names = by_name();
    if (const auto found = names.find(name); found != names.end()) return found->second;
    if (name.ends_with("[]")) {
        const auto* element = find_type(name.substr(0, name.size() - 2));
        if (element != nullptr && element->array != 0) return find_type(element->array);
    }
    return nullptr;
}

std::string format_type(type_ref type) {
    const auto* info = find_type(type.id);
    if (info == nullptr) return type.id == 0 ? "-" : "???";
    if (info->name.front() == '_' && info->element != 0) {
        return format_type({info->element, type.typmod}) + "[]";
    }
    return format_scalar(*info, type.typmod);
}

}  // namespace historyd::types
