#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const operator_entry> text_operators() {
    static const std::vector<operator_entry> entries = [] {
        std::vector<operator_entry> out = {
            {"||", t::text, t::text, t::text, "(%1 || %2)"},
            {"||", t::text, t::anynonarray, t::text, "(%1 || pg_cast(%2, %t2, 25, -1, 1))"},
            {"||", t::anynonarray, t::text, t::text, "(pg_cast(%1, %t1, 25, -1, 1) || %2)"},
            {"||", t::bytea, t::bytea, t::bytea, "CAST(%1 || %2 AS BLOB)"},
            {"^@", t::text, t::text, t::bool_, "pg_starts_with"},
            {"~~", t::bytea, t::bytea, t::bool_, "pg_like"},
            {"!~~", t::bytea, t::bytea, t::bool_, "(NOT pg_like(%1, %2))"},
        };
        for (const oid left : {t::text, t::bpchar, t::name}) {
            out.push_back({"~~", left, t::text, t::bool_, "pg_like"});
            out.push_back({"!~~", left, t::text, t::bool_, "(NOT pg_like(%1, %2))"});
            out.push_back({"~~*", left, t::text, t::bool_, "pg_ilike"});
            out.push_back({"!~~*", left, t::text, t::bool_, "(NOT pg_ilike(%1, %2))"});
            out.push_back({"~", left, t::text, t::bool_, "pg_regexp_like"});
            out.push_back({"!~", left, t::text, t::bool_, "(NOT pg_regexp_like(%1, %2))"});
            out.push_back({"~*", left, t::text, t::bool_, "pg_regexp_like(%1, %2, 'i')"});
            out.push_back({"!~*", left, t::text, t::bool_, "(NOT pg_regexp_like(%1, %2, 'i'))"});
        }
        for (const oid type : {t::text, t::bpchar}) {
            const bool blank_padded = type == t::bpchar;
            out.push_back({"~<~", type, type, t::bool_,
                           blank_padded ? "(%1 < %2 COLLATE rtrim)" : "(%1 < %2)"});
            out.push_back({"~<=~", type, type, t::bool_,
                           blank_padded ? "(%1 <= %2 COLLATE rtrim)" : "(%1 <= %2)"});
            out.push_back({"~>~", type, type, t::bool_,
                           blank_padded ? "(%1 > %2 COLLATE rtrim)" : "(%1 > %2)"});
            out.push_back({"~>=~", type, type, t::bool_,
                           blank_padded ? "(%1 >= %2 COLLATE rtrim)" : "(%1 >= %2)"});
        }
        return out;
    }();
    return entries;
}

}  // namespace historyd::sql
