#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {
namespace {

// min and max are SQLite's own, which compare by the collation of their argument and use indexes.
void add_extremes(std::vector<function_entry>& out, std::string_view name, std::string_view plain,
                  std::string_view by_numeric, std::string_view by_interval,
                  std::string_view by_timetz, std::string_view by_rtrim,
                  std::string_view by_array) {
    for (const oid type : {t::int2, t::int4, t::int8, t::oid_, t::float4, t::float8, t::text,
                           t::date, t::time, t::timestamp, t::timestamptz}) {
        out.push_back(aggregate({name, {type}, type, plain}));
    }
    out.push_back(aggregate({name, {t::numeric}, t::numeric, by_numeric}));
    out.push_back(aggregate({name, {t::interval}, t::interval, by_interval}));
    out.push_back(aggregate({name, {t::timetz}, t::timetz, by_timetz}));
    out.push_back(aggregate({name, {t::bpchar}, t::bpchar, by_rtrim}));
    out.push_back(aggregate({name, {t::anyarray}, t::anyarray, by_array}));
}

std::vector<function_entry> make_entries() {
    std::vector<function_entry> out = {
        aggregate({"count", {}, t::int8, "count(*)"}),
        aggregate({"count", {t::any}, t::int8, "count(%1)"}),
        aggregate({"sum", {t::int2}, t::int8, "sum(%1)"}),
        aggregate({"sum", {t::int4}, t::int8, "sum(%1)"}),
        aggregate({"sum", {t::int8}, t::numeric, "pg_sum_int8(%1)"}),
        aggregate({"sum", {t::numeric}, t::numeric, "pg_sum_numeric(%1)"}),
        aggregate({"sum", {t::float4}, t::float4, "pg_sum_float4(%1)"}),
        aggregate({"sum", {t::float8}, t::float8, "pg_sum_float8(%1)"}),
        aggregate({"sum", {t::interval}, t::interval, "pg_sum_interval(%1)"}),
        aggregate({"avg", {t::int2}, t::numeric, "pg_avg_numeric(%1)"}),
        aggregate({"avg", {t::int4}, t::numeric, "pg_avg_numeric(%1)"}),
        aggregate({"avg", {t::int8}, t::numeric, "pg_avg_numeric(%1)"}),
        aggregate({"avg", {t::numeric}, t::numeric, "pg_avg_numeric(%1)"}),
        aggregate({"avg", {t::float4}, t::float8, "pg_avg_float(%1)"}),
        aggregate({"avg", {t::float8}, t::float8, "pg_avg_float(%1)"}),
        aggregate({"avg", {t::interval}, t::interval, "pg_avg_interval(%1)"}),
        aggregate({"bool_and", {t::bool_}, t::bool_, "pg_bool_and(%1)"}),
        aggregate({"bool_or", {t::bool_}, t::bool_, "pg_bool_or(%1)"}),
        aggregate({"every", {t::bool_}, t::bool_, "pg_bool_and(%1)"}),
        aggregate({"string_agg", {t::text, t::text}, t::text, "pg_string_agg(%1, %2)"}),
        aggregate({"string_agg", {t::bytea, t::bytea}, t::bytea, "pg_bytea_agg(%1, %2)"}),
        aggregate({"array_agg", {t::anynonarray}, t::anyarray, "pg_array_agg(%1, %t1)"}),
        aggregate({"array_agg", {t::anyarray}, t::anyarray, "pg_array_agg_array(%1)"}),
        stable(aggregate({"json_agg", {t::anyelement}, t::json, "pg_json_agg(%1, %t1)"})),
        stable(aggregate({"jsonb_agg", {t::anyelement}, t::jsonb, "pg_jsonb_agg(%1, %t1)"})),
        stable(aggregate({"json_object_agg",
                          {t::any, t::any},
                          t::json,
                          "pg_json_object_agg(%1, %t1, %2, %t2)"})),
        aggregate({"jsonb_object_agg",
                   {t::any, t::any},
                   t::jsonb,
                   "pg_jsonb_object_agg(%1, %t1, %2, %t2)"}),
    };
    for (const oid type : {t::int2, t::int4, t::int8}) {
        out.push_back(aggregate({"bit_and", {type}, type, "pg_bit_and(%1)"}));
        out.push_back(aggregate({"bit_or", {type}, type, "pg_bit_or(%1)"}));
        out.push_back(aggregate({"bit_xor", {type}, type, "pg_bit_xor(%1)"}));
    }
    add_extremes(out, "min", "min(%1)", "min(%1 COLLATE pg_numeric)", "min(%1 COLLATE pg_interval)",
                 "min(%1 COLLATE pg_timetz)", "min(%1 COLLATE rtrim)", "pg_array_min(%1, %e1)");
    add_extremes(out, "max", "max(%1)", "max(%1 COLLATE pg_numeric)", "max(%1 COLLATE pg_interval)",
                 "max(%1 COLLATE pg_timetz)", "max(%1 COLLATE rtrim)", "pg_array_max(%1, %e1)");
    out.push_back(aggregate({"min", {t::inet}, t::inet, "min(%1 COLLATE pg_inet)"}));
    out.push_back(aggregate({"max", {t::inet}, t::inet, "max(%1 COLLATE pg_inet)"}));
    return out;
}

}  // namespace

std::span<const function_entry> aggregate_functions() {
    static const std::vector<function_entry> entries = make_entries();
    return entries;
}

}  // namespace historyd::sql
