#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const function_entry> regex_functions() {
    static const std::vector<function_entry> entries = {
        {"like", {t::text, t::text}, t::bool_, "pg_like"},
        {"like", {t::name, t::text}, t::bool_, "pg_like"},
        {"like", {t::bytea, t::bytea}, t::bool_, "pg_like"},
        {"notlike", {t::text, t::text}, t::bool_, "(NOT pg_like(%1, %2))"},
        {"notlike", {t::name, t::text}, t::bool_, "(NOT pg_like(%1, %2))"},
        {"notlike", {t::bytea, t::bytea}, t::bool_, "(NOT pg_like(%1, %2))"},
        {"like_escape", {t::text, t::text}, t::text, "pg_like_escape"},
        {"like_escape", {t::bytea, t::bytea}, t::bytea, "pg_like_escape"},
        {"similar_escape", {t::text, t::text}, t::text, "pg_similar_escape"},
        {"similar_to_escape", {t::text}, t::text, "pg_similar_escape(%1, '\\')"},
        {"similar_to_escape", {t::text, t::text}, t::text, "pg_similar_to_escape"},
        {"substring", {t::text, t::text}, t::text, "pg_regexp_substring"},
        {"substring", {t::text, t::text, t::text}, t::text,
         "pg_regexp_substring(%1, pg_similar_to_escape(%2, %3))"},
        {"regexp_replace", {t::text, t::text, t::text}, t::text, "pg_regexp_replace"},
        {"regexp_replace", {t::text, t::text, t::text, t::text}, t::text, "pg_regexp_replace"},
        {"regexp_replace", {t::text, t::text, t::text, t::int4}, t::text,
         "pg_regexp_replace_from"},
        {"regexp_replace", {t::text, t::text, t::text, t::int4, t::int4}, t::text,
         "pg_regexp_replace_from"},
        {"regexp_replace", {t::text, t::text, t::text, t::int4, t::int4, t::text}, t::text,
         "pg_regexp_replace_from"},
        {"regexp_match", {t::text, t::text}, t::text_array, "pg_regexp_match"},
        {"regexp_match", {t::text, t::text, t::text}, t::text_array, "pg_regexp_match"},
        {"regexp_like", {t::text, t::text}, t::bool_, "pg_regexp_like"},
        {"regexp_like", {t::text, t::text, t::text}, t::bool_, "pg_regexp_like"},
        {"regexp_count", {t::text, t::text}, t::int4, "pg_regexp_count"},
        {"regexp_count", {t::text, t::text, t::int4}, t::int4, "pg_regexp_count"},
        {"regexp_count", {t::text, t::text, t::int4, t::text}, t::int4, "pg_regexp_count"},
        {"regexp_instr", {t::text, t::text}, t::int4, "pg_regexp_instr"},
        {"regexp_instr", {t::text, t::text, t::int4}, t::int4, "pg_regexp_instr"},
        {"regexp_instr", {t::text, t::text, t::int4, t::int4}, t::int4, "pg_regexp_instr"},
        {"regexp_instr", {t::text, t::text, t::int4, t::int4, t::int4}, t::int4,
         "pg_regexp_instr"},
        {"regexp_instr", {t::text, t::text, t::int4, t::int4, t::int4, t::text}, t::int4,
         "pg_regexp_instr"},
        {"regexp_instr", {t::text, t::text, t::int4, t::int4, t::int4, t::text, t::int4}, t::int4,
         "pg_regexp_instr"},
        {"regexp_substr", {t::text, t::text}, t::text, "pg_regexp_substr"},
        {"regexp_substr", {t::text, t::text, t::int4}, t::text, "pg_regexp_substr"},
        {"regexp_substr", {t::text, t::text, t::int4, t::int4}, t::text, "pg_regexp_substr"},
        {"regexp_substr", {t::text, t::text, t::int4, t::int4, t::text}, t::text,
         "pg_regexp_substr"},
        {"regexp_substr", {t::text, t::text, t::int4, t::int4, t::text, t::int4}, t::text,
         "pg_regexp_substr"},
        {"regexp_split_to_array", {t::text, t::text}, t::text_array, "pg_regexp_split"},
        {"regexp_split_to_array", {t::text, t::text, t::text}, t::text_array, "pg_regexp_split"},
    };
    return entries;
}

}  // namespace historyd::sql
