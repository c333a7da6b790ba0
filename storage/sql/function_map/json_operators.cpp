#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const operator_entry> json_operators() {
    static const std::vector<operator_entry> entries = {
        {"->", t::json, t::text, t::json, "pg_json_field"},
        {"->", t::json, t::int4, t::json, "pg_json_element"},
        {"->", t::jsonb, t::text, t::jsonb, "pg_json_field"},
        {"->", t::jsonb, t::int4, t::jsonb, "pg_jsonb_element"},
        {"->>", t::json, t::text, t::text, "pg_json_field_text"},
        {"->>", t::json, t::int4, t::text, "pg_json_element_text"},
        {"->>", t::jsonb, t::text, t::text, "pg_json_field_text"},
        {"->>", t::jsonb, t::int4, t::text, "pg_jsonb_element_text"},
        {"#>", t::json, t::text_array, t::json, "pg_json_path"},
        {"#>", t::jsonb, t::text_array, t::jsonb, "pg_json_path"},
        {"#>>", t::json, t::text_array, t::text, "pg_json_path_text"},
        {"#>>", t::jsonb, t::text_array, t::text, "pg_json_path_text"},
        {"@>", t::jsonb, t::jsonb, t::bool_, "pg_jsonb_contains"},
        {"<@", t::jsonb, t::jsonb, t::bool_, "pg_jsonb_contains(%2, %1)"},
        {"?", t::jsonb, t::text, t::bool_, "pg_jsonb_exists"},
        {"?|", t::jsonb, t::text_array, t::bool_, "pg_jsonb_exists_any"},
        {"?&", t::jsonb, t::text_array, t::bool_, "pg_jsonb_exists_all"},
        {"||", t::jsonb, t::jsonb, t::jsonb, "pg_jsonb_concat"},
        {"-", t::jsonb, t::text, t::jsonb, "pg_jsonb_delete_key"},
        {"-", t::jsonb, t::int4, t::jsonb, "pg_jsonb_delete_element"},
        {"-", t::jsonb, t::text_array, t::jsonb, "pg_jsonb_delete_keys"},
        {"#-", t::jsonb, t::text_array, t::jsonb, "pg_jsonb_delete_path"},
        {"@?", t::jsonb, t::jsonpath, t::bool_, "pg_jsonpath_refused(%1, %2)"},
        {"@@", t::jsonb, t::jsonpath, t::bool_, "pg_jsonpath_refused(%1, %2)"},
    };
    return entries;
}

}  // namespace historyd::sql
