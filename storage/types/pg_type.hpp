#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace historyd::types {

using oid = std::uint32_t;

// OIDs of PostgreSQL's built-in types (pg_type.dat).
namespace type_oid {
inline constexpr oid invalid = 0, bool_ = 16, bytea = 17, char_ = 18, name = 19, int8 = 20,
                     int2 = 21, int2vector = 22, int4 = 23, regproc = 24, text = 25, oid_ = 26,
                     tid = 27, xid = 28, cid = 29, oidvector = 30, json = 114, xml = 142,
                     pg_node_tree = 194, cidr = 650, inet = 869, float4 = 700, float8 = 701,
                     unknown = 705, money = 790, bpchar = 1042, varchar = 1043, date = 1082,
                     time = 1083, timestamp = 1114, timestamptz = 1184, interval = 1186,
                     timetz = 1266, bit = 1560, varbit = 1562, numeric = 1700, regprocedure = 2202,
                     regoper = 2203, regclass = 2205, regtype = 2206, record = 2249, cstring = 2275,
                     any = 2276, anyarray = 2277, void_ = 2278, trigger = 2279, anyelement = 2283,
                     anynonarray = 2776, uuid = 2950, regnamespace = 4089, regrole = 4096,
                     jsonb = 3802, jsonpath = 4072, anycompatible = 5077, anycompatiblearray = 5078;
inline constexpr oid bool_array = 1000, bytea_array = 1001, char_array = 1002, name_array = 1003,
                     int2_array = 1005, int4_array = 1007, text_array = 1009, bpchar_array = 1014,
                     varchar_array = 1015, int8_array = 1016, float4_array = 1021,
                     float8_array = 1022, oid_array = 1028, timestamp_array = 1115,
                     date_array = 1182, time_array = 1183, timestamptz_array = 1185,
                     interval_array = 1187, numeric_array = 1231, timetz_array = 1270,
                     uuid_array = 2951, json_array = 199, jsonb_array = 3807, regtype_array = 2211,
                     regclass_array = 2210, record_array = 2287;
}  // namespace type_oid

// A type with its modifier: typmod as PostgreSQL sends it (varchar(n): n+4; numeric(p,s):
// ((p<<16)|s)+4; timestamp(p): p), -1 for none.
struct type_ref {
    oid id = type_oid::invalid;
    std::int32_t typmod = -1;
    bool operator==(const type_ref&) const = default;
};

// How a type's values lie in SQLite (and in historyd::value). The forms:
//   integer   bool (0/1), int2, int4, int8, oid, xid, cid and the reg* types
//   real      float4, float8; infinities are REAL, NaN is the TEXT 'NaN' (SQLite turns a NaN into
//   NULL) text      text, varchar, bpchar (blank-padded), name, "char", xml: the characters
//             numeric: PostgreSQL's output text (1.10 stays 1.10; NaN, Infinity, -Infinity)
//             timestamp: YYYY-MM-DD HH:MM:SS.ffffff  timestamptz: the same in UTC and +00:00
//             date: YYYY-MM-DD  time: HH:MM:SS.ffffff  timetz: HH:MM:SS.ffffff+HH:MM[:SS]
//             'infinity' and '-infinity' for the three that have them; years 0001 to 9999 only
//             interval: PostgreSQL's output text in IntervalStyle postgres
//             uuid: lower case with dashes  inet, cidr: as PostgreSQL prints them  json: as given
//             jsonb: as PostgreSQL prints it arrays: PostgreSQL's array literal with elements in
//             their storage form's text; int2vector and oidvector too, with lower bound 0:
//             '[0:1]={1,2}'
//   blob      bytea
enum class storage_form : std::uint8_t { integer, real, text, blob };

// How two values of the type compare in SQLite; anything but binary is a registered collation or
// a built-in one (rtrim), to be named in comparisons, ORDER BY, GROUP BY, DISTINCT and indexes.
//   numeric "pg_numeric", interval "pg_interval", timetz "pg_timetz", bpchar "rtrim",
//   inet and cidr "pg_inet", jsonb "pg_jsonb", arrays "pg_array_<element type name>"
struct type_info {
    oid id;
    std::string_view name;          // pg_type.typname: int4, timestamptz, _int4
    std::string_view display_name;  // format_type(): integer, timestamp with time zone, integer[]
    std::int16_t length;            // pg_type.typlen: -1 for variable, -2 for cstring
    char category;                  // pg_type.typcategory
    bool preferred;                 // pg_type.typispreferred
    oid element;                    // array types: the element's OID, else 0
    oid array;                      // OID of the array of this type, 0 if none
    storage_form form;
    std::string_view collation;  // SQLite collation to compare with, empty for BINARY
};

// The types historyd stores and sends. Returns: nullptr when unknown.
const type_info* find_type(oid id);
// By pg_type.typname or by SQL spelling: "int4", "integer", "character varying", "serial" is not
// one.
const type_info* find_type(std::string_view name);

inline bool is_array(oid id) {
    const auto* info = find_type(id);
    return info != nullptr && info->element != 0;
}

// What format_type() prints: "character varying(50)", "numeric(10,2)", "timestamp(3) with time
// zone".
std::string format_type(type_ref type);

}  // namespace historyd::types
