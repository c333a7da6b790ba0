#include <array>

#include "storage/sql/function_map/families.hpp"

// Functions over the catalog; storage/catalog/functions registers what they are made of.

namespace historyd::sql {
namespace {

// A NULL that still evaluates its argument.
constexpr std::string_view always_null = "nullif(%1, %1)";

constexpr oid aclitem_array = 1034;

std::vector<function_entry> definition_entries() {
    return {
        stable({"format_type", {t::oid_, t::int4}, t::text, "pg_format_type"}),
        stable({"pg_get_expr", {t::pg_node_tree, t::oid_}, t::text, "pg_get_expr(%1, %2, 0)"}),
        stable({"pg_get_expr", {t::pg_node_tree, t::oid_, t::bool_}, t::text, "pg_get_expr"}),
        stable({"pg_get_constraintdef", {t::oid_}, t::text, "pg_get_constraintdef(%1, 0)"}),
        stable({"pg_get_constraintdef", {t::oid_, t::bool_}, t::text, "pg_get_constraintdef"}),
        stable({"pg_get_indexdef", {t::oid_}, t::text, "pg_get_indexdef(%1, 0, 0)"}),
        stable({"pg_get_indexdef", {t::oid_, t::int4, t::bool_}, t::text, "pg_get_indexdef"}),
        stable({"pg_get_viewdef", {t::oid_}, t::text, "pg_get_viewdef"}),
        stable({"pg_get_viewdef", {t::oid_, t::bool_}, t::text, "pg_get_viewdef(%1)"}),
        stable({"pg_get_viewdef", {t::oid_, t::int4}, t::text, "pg_get_viewdef(%1)"}),
        stable({"pg_get_viewdef", {t::text}, t::text, "pg_get_viewdef"}),
        stable({"pg_get_viewdef", {t::text, t::bool_}, t::text, "pg_get_viewdef(%1)"}),
        stable({"pg_get_serial_sequence", {t::text, t::text}, t::text, "pg_get_serial_sequence"}),
        stable({"pg_get_userbyid", {t::oid_}, t::name, "pg_get_userbyid"}),
        stable({"pg_get_function_arguments", {t::oid_}, t::text, "pg_get_function_arguments"}),
        stable({"pg_get_function_identity_arguments",
                {t::oid_},
                t::text,
                "pg_get_function_arguments"}),
        stable({"pg_get_function_result", {t::oid_}, t::text, "pg_get_function_result"}),
        stable({"obj_description", {t::oid_}, t::text, "pg_description_of(%1, NULL, 0)"}),
        stable({"obj_description", {t::oid_, t::name}, t::text, "pg_description_of(%1, %2, 0)"}),
        stable({"col_description",
                {t::oid_, t::int4},
                t::text,
                "pg_description_of(%1, 'pg_class', %2)"}),
        stable({"shobj_description", {t::oid_, t::name}, t::text, always_null}),
    };
}

// Definitions of what there is none of: functions of the user's, triggers, rules, partitions.
std::vector<function_entry> absent_entries() {
    std::vector<function_entry> out;
    for (const std::string_view name :
         {"pg_get_functiondef", "pg_get_function_sqlbody", "pg_get_triggerdef", "pg_get_ruledef",
          "pg_get_statisticsobjdef", "pg_get_statisticsobjdef_columns", "pg_get_partkeydef",
          "pg_get_partition_constraintdef"}) {
        out.push_back(stable({name, {t::oid_}, t::text, always_null}));
    }
    for (const std::string_view name : {"pg_get_triggerdef", "pg_get_ruledef"}) {
        out.push_back(stable({name, {t::oid_, t::bool_}, t::text, always_null}));
    }
    out.push_back(stable({"pg_partition_root", {t::regclass}, t::regclass, always_null}));
    out.push_back(
        rows({"pg_partition_ancestors", {t::regclass}, t::regclass, "pg_partition_ancestors"},
             {{"relid", t::regclass}}));
    return out;
}

std::vector<function_entry> name_entries() {
    std::vector<function_entry> out{
        stable({"pg_table_is_visible", {t::oid_}, t::bool_, "pg_table_is_visible"}),
        stable({"pg_type_is_visible", {t::oid_}, t::bool_, "pg_type_is_visible"}),
        stable({"pg_function_is_visible", {t::oid_}, t::bool_, "pg_function_is_visible"}),
        stable({"pg_encoding_to_char", {t::int4}, t::name, "pg_encoding_to_char"}),
        stable({"pg_char_to_encoding", {t::name}, t::int4, "pg_char_to_encoding"}),
        stable({"to_regclass", {t::text}, t::regclass, "pg_to_reg(2205, %1)"}),
        stable({"to_regtype", {t::text}, t::regtype, "pg_to_reg(2206, %1)"}),
        stable({"to_regproc", {t::text}, t::regproc, "pg_to_reg(24, %1)"}),
        stable({"to_regprocedure", {t::text}, t::regprocedure, "pg_to_reg(2202, %1)"}),
        stable({"to_regnamespace", {t::text}, t::regnamespace, "pg_to_reg(4089, %1)"}),
        stable({"to_regrole", {t::text}, t::regrole, "pg_to_reg(4096, %1)"}),
    };
    // All of these are in pg_catalog, which is always searched.
    for (const std::string_view name :
         {"pg_operator_is_visible", "pg_opclass_is_visible", "pg_opfamily_is_visible",
          "pg_collation_is_visible", "pg_conversion_is_visible", "pg_statistics_obj_is_visible",
          "pg_ts_config_is_visible", "pg_ts_dict_is_visible", "pg_ts_parser_is_visible",
          "pg_ts_template_is_visible"}) {
        out.push_back(stable({name, {t::oid_}, t::bool_, "iif(%1 IS NULL, NULL, 1)"}));
    }
    return out;
}

std::vector<function_entry> relation_entries() {
    return {
        volatile_call({"pg_relation_size", {t::regclass}, t::int8, "pg_relation_size(%1, 1, 0)"}),
        volatile_call({"pg_relation_size",
                       {t::regclass, t::text},
                       t::int8,
                       "iif(%2 = 'main', pg_relation_size(%1, 1, 0), 0 * %1)"}),
        volatile_call({"pg_table_size", {t::regclass}, t::int8, "pg_relation_size(%1, 1, 0)"}),
        volatile_call({"pg_indexes_size", {t::regclass}, t::int8, "pg_relation_size(%1, 0, 1)"}),
        volatile_call(
            {"pg_total_relation_size", {t::regclass}, t::int8, "pg_relation_size(%1, 1, 1)"}),
        volatile_call(
            {"pg_database_size", {t::name}, t::int8, "iif(%1 IS NULL, NULL, pg_database_size())"}),
        volatile_call(
            {"pg_database_size", {t::oid_}, t::int8, "iif(%1 IS NULL, NULL, pg_database_size())"}),
        stable({"pg_tablespace_location", {t::oid_}, t::text, "iif(%1 IS NULL, NULL, '')"}),
        stable({"pg_relation_filenode", {t::regclass}, t::oid_, "%1"}),
        stable(
            {"pg_relation_is_publishable", {t::regclass}, t::bool_, "pg_relation_is_publishable"}),
        stable({"pg_relation_is_updatable",
                {t::regclass, t::bool_},
                t::int4,
                "iif(%2 IS NULL, NULL, pg_relation_is_updatable(%1))"}),
        stable({"pg_column_is_updatable",
                {t::regclass, t::int2, t::bool_},
                t::bool_,
                "iif(%3 IS NULL, NULL, %2 > 0 AND pg_relation_is_updatable(%1) > 0)"}),
        stable({"row_security_active", {t::oid_}, t::bool_, "(0 * %1)"}),
        stable({"row_security_active", {t::text}, t::bool_, "iif(%1 IS NULL, NULL, 0)"}),
    };
}

// Counters that historyd does not keep.
std::vector<function_entry> statistics_entries() {
    std::vector<function_entry> out;
    for (const std::string_view name :
         {"pg_stat_get_numscans", "pg_stat_get_tuples_returned", "pg_stat_get_tuples_fetched",
          "pg_stat_get_tuples_inserted", "pg_stat_get_tuples_updated", "pg_stat_get_tuples_deleted",
          "pg_stat_get_tuples_hot_updated", "pg_stat_get_live_tuples", "pg_stat_get_dead_tuples",
          "pg_stat_get_mod_since_analyze", "pg_stat_get_ins_since_vacuum",
          "pg_stat_get_blocks_fetched", "pg_stat_get_blocks_hit", "pg_stat_get_vacuum_count",
          "pg_stat_get_autovacuum_count", "pg_stat_get_analyze_count",
          "pg_stat_get_autoanalyze_count"}) {
        out.push_back(stable({name, {t::oid_}, t::int8, "(0 * %1)"}));
    }
    for (const std::string_view name :
         {"pg_stat_get_last_vacuum_time", "pg_stat_get_last_autovacuum_time",
          "pg_stat_get_last_analyze_time", "pg_stat_get_last_autoanalyze_time"}) {
        out.push_back(stable({name, {t::oid_}, t::timestamptz, always_null}));
    }
    return out;
}

// Each in PostgreSQL's six forms: object by name or OID; user by name, by OID or the current one.
void add_privilege(std::vector<function_entry>& out, std::string_view name,
                   std::string_view current_user, std::string_view given_user) {
    for (const oid object : {t::text, t::oid_}) {
        out.push_back(stable({name, {object, t::text}, t::bool_, current_user}));
        for (const oid user : {t::name, t::oid_}) {
            out.push_back(stable({name, {user, object, t::text}, t::bool_, given_user}));
        }
    }
}

std::vector<function_entry> privilege_entries() {
    struct kind {
        std::string_view name, current_user, given_user;
    };
    static constexpr std::array kinds{
        kind{"has_table_privilege", "pg_has_privilege('table', NULL, %1, %2)",
             "pg_has_privilege('table', %1, %2, %3)"},
        kind{"has_any_column_privilege", "pg_has_privilege('column', NULL, %1, %2)",
             "pg_has_privilege('column', %1, %2, %3)"},
        kind{"has_sequence_privilege", "pg_has_privilege('sequence', NULL, %1, %2)",
             "pg_has_privilege('sequence', %1, %2, %3)"},
        kind{"has_schema_privilege", "pg_has_privilege('schema', NULL, %1, %2)",
             "pg_has_privilege('schema', %1, %2, %3)"},
        kind{"has_database_privilege", "pg_has_privilege('database', NULL, %1, %2)",
             "pg_has_privilege('database', %1, %2, %3)"},
        kind{"has_function_privilege", "pg_has_privilege('function', NULL, %1, %2)",
             "pg_has_privilege('function', %1, %2, %3)"},
        kind{"has_language_privilege", "pg_has_privilege('language', NULL, %1, %2)",
             "pg_has_privilege('language', %1, %2, %3)"},
        kind{"has_type_privilege", "pg_has_privilege('type', NULL, %1, %2)",
             "pg_has_privilege('type', %1, %2, %3)"},
        kind{"has_tablespace_privilege", "pg_has_privilege('tablespace', NULL, %1, %2)",
             "pg_has_privilege('tablespace', %1, %2, %3)"},
    };
    std::vector<function_entry> out;
    for (const auto& k : kinds) add_privilege(out, k.name, k.current_user, k.given_user);
    for (const oid role : {t::name, t::oid_}) {
        out.push_back(stable(
            {"pg_has_role", {role, t::text}, t::bool_, "pg_has_privilege('role', NULL, %1, %2)"}));
        for (const oid user : {t::name, t::oid_}) {
            out.push_back(stable({"pg_has_role",
                                  {user, role, t::text},
                                  t::bool_,
                                  "pg_has_privilege('role', %1, %2, %3)"}));
        }
    }
    for (const oid table : {t::text, t::oid_}) {
        for (const oid column : {t::text, t::int2}) {
            out.push_back(stable({"has_column_privilege",
                                  {table, column, t::text},
                                  t::bool_,
                                  "pg_has_column_privilege(NULL, %1, %2, %3)"}));
            for (const oid user : {t::name, t::oid_}) {
                out.push_back(stable({"has_column_privilege",
                                      {user, table, column, t::text},
                                      t::bool_,
                                      "pg_has_column_privilege"}));
            }
        }
    }
    out.push_back(stable({"acldefault", {t::char_, t::oid_}, aclitem_array, "pg_acldefault"}));
    out.push_back(rows({"pg_options_to_table", {t::text_array}, t::record, "pg_options_to_table"},
                       {{"option_name", t::text}, {"option_value", t::text}}));
    return out;
}

}  // namespace

std::span<const function_entry> catalog_functions() {
    static const std::vector<function_entry> all = [] {
        std::vector<function_entry> entries;
        for (auto family : {definition_entries(), absent_entries(), name_entries(),
                            relation_entries(), statistics_entries(), privilege_entries()}) {
            entries.insert(entries.end(), family.begin(), family.end());
        }
        return entries;
    }();
    return all;
}

}  // namespace historyd::sql
