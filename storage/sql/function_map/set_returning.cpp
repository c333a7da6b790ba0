#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const function_entry> set_returning_functions() {
    static const std::vector<function_entry> entries = {
        rows({"generate_series", {t::int4, t::int4}, t::int4, "pg_series_int4(%1, %2, 1)"}),
        rows({"generate_series", {t::int4, t::int4, t::int4}, t::int4, "pg_series_int4"}),
        rows({"generate_series", {t::int8, t::int8}, t::int8, "pg_series_int8(%1, %2, 1)"}),
        rows({"generate_series", {t::int8, t::int8, t::int8}, t::int8, "pg_series_int8"}),
        rows({"generate_series", {t::numeric, t::numeric}, t::numeric,
              "pg_series_numeric(%1, %2, '1')"}),
        rows({"generate_series", {t::numeric, t::numeric, t::numeric}, t::numeric,
              "pg_series_numeric"}),
        rows({"generate_series", {t::timestamp, t::timestamp, t::interval}, t::timestamp,
              "pg_series_timestamp"}),
        rows(stable({"generate_series", {t::timestamptz, t::timestamptz, t::interval},
                     t::timestamptz, "pg_series_timestamptz"})),
        rows({"generate_subscripts", {t::anyarray, t::int4}, t::int4,
              "pg_generate_subscripts(%1, %2, 0)"}),
        rows({"generate_subscripts", {t::anyarray, t::int4, t::bool_}, t::int4,
              "pg_generate_subscripts"}),
        rows({"unnest", {t::anyarray}, t::anyelement, "pg_unnest(%1, %e1)"}),
        rows({"string_to_table", {t::text, t::text}, t::text, "pg_string_to_table(%1, %2, NULL)"}),
        rows({"string_to_table", {t::text, t::text, t::text}, t::text, "pg_string_to_table"}),
        rows({"regexp_split_to_table", {t::text, t::text}, t::text,
              "pg_regexp_split_to_table(%1, %2, '')"}),
        rows({"regexp_split_to_table", {t::text, t::text, t::text}, t::text,
              "pg_regexp_split_to_table"}),
        rows({"regexp_matches", {t::text, t::text}, t::text_array,
              "pg_regexp_matches(%1, %2, '')"}),
        rows({"regexp_matches", {t::text, t::text, t::text}, t::text_array, "pg_regexp_matches"}),
        rows({"json_array_elements", {t::json}, t::json, "pg_json_array_elements"},
             {{"value", t::json}}),
        rows({"json_array_elements_text", {t::json}, t::text, "pg_json_array_elements_text"},
             {{"value", t::text}}),
        rows({"jsonb_array_elements", {t::jsonb}, t::jsonb, "pg_jsonb_array_elements"},
             {{"value", t::jsonb}}),
        rows({"jsonb_array_elements_text", {t::jsonb}, t::text, "pg_jsonb_array_elements_text"},
             {{"value", t::text}}),
        rows({"json_object_keys", {t::json}, t::text, "pg_json_object_keys"}),
        rows({"jsonb_object_keys", {t::jsonb}, t::text, "pg_jsonb_object_keys"}),
        rows({"json_each", {t::json}, t::record, "pg_json_each"},
             {{"key", t::text}, {"value", t::json}}),
        rows({"json_each_text", {t::json}, t::record, "pg_json_each_text"},
             {{"key", t::text}, {"value", t::text}}),
        rows({"jsonb_each", {t::jsonb}, t::record, "pg_jsonb_each"},
             {{"key", t::text}, {"value", t::jsonb}}),
        rows({"jsonb_each_text", {t::jsonb}, t::record, "pg_jsonb_each_text"},
             {{"key", t::text}, {"value", t::text}}),
    };
    return entries;
}

}  // namespace historyd::sql
