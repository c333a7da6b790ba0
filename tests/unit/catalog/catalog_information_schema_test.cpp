// information_schema over the example schema; expected rows are PostgreSQL's over the same.

#include "catalog_fixture.hpp"

namespace historyd::catalog {
namespace {

using catalog_information_schema = catalog_fixture;

TEST_F(catalog_information_schema, tables_and_views) {
    EXPECT_EQ(query("SELECT table_catalog, table_name, table_type, is_insertable_into "
                    "FROM information_schema_tables WHERE table_schema = 'public' ORDER BY 2"),
              "mem0db|c|BASE TABLE|YES\nmem0db|p|BASE TABLE|YES\nmem0db|v|VIEW|NO\n");
    EXPECT_EQ(query("SELECT view_definition FROM information_schema_views "
                    "WHERE table_schema = 'public'"),
              " SELECT p.id,\n    p.x\n   FROM p;\n");
    EXPECT_EQ(query("SELECT schema_name FROM information_schema_schemata ORDER BY 1"),
              "information_schema\npg_catalog\npublic\ns\n");
    EXPECT_EQ(query("SELECT count(*) FROM information_schema_tables WHERE table_catalog = 'mem0db' "
                    "AND table_name = 'c'"),
              "1\n");
}

TEST_F(catalog_information_schema, columns) {
    EXPECT_EQ(query("SELECT column_name, ordinal_position, column_default, is_nullable, data_type, "
                    "character_octet_length, numeric_precision, numeric_precision_radix, "
                    "numeric_scale, udt_name, dtd_identifier, is_identity "
                    "FROM information_schema_columns "
                    "WHERE table_schema = 'public' AND table_name = 'p' ORDER BY 2"),
              "id|1||NO|integer||32|2|0|int4|1|NO\n"
              "x|2||YES|text|1073741824||||text|2|NO\n"
              "n|3|0|YES|numeric||10|10|2|numeric|3|NO\n");
}

TEST_F(catalog_information_schema, constraints) {
    EXPECT_EQ(query("SELECT constraint_name, table_name, constraint_type, nulls_distinct "
                    "FROM information_schema_table_constraints "
                    "WHERE table_schema = 'public' ORDER BY 1"),
              "2200_16389_1_not_null|p|CHECK|\n"
              "2200_16401_1_not_null|c|CHECK|\n"
              "c_pid_fkey|c|FOREIGN KEY|\n"
              "c_pkey|c|PRIMARY KEY|\n"
              "p_n_check|p|CHECK|\n"
              "p_pkey|p|PRIMARY KEY|\n"
              "p_x_key|p|UNIQUE|YES\n");
    EXPECT_EQ(query("SELECT constraint_name, column_name, ordinal_position, "
                    "position_in_unique_constraint FROM information_schema_key_column_usage "
                    "ORDER BY 1"),
              "c_pid_fkey|pid|1|1\nc_pkey|id|1|\np_pkey|id|1|\np_x_key|x|1|\n");
    EXPECT_EQ(query("SELECT table_name, column_name, constraint_name "
                    "FROM information_schema_constraint_column_usage ORDER BY 3"),
              "p|id|c_pid_fkey\nc|id|c_pkey\np|n|p_n_check\np|id|p_pkey\np|x|p_x_key\n");
    EXPECT_EQ(query("SELECT constraint_name, unique_constraint_name, match_option, update_rule, "
                    "delete_rule FROM information_schema_referential_constraints"),
              "c_pid_fkey|p_pkey|NONE|NO ACTION|CASCADE\n");
    EXPECT_EQ(query("SELECT constraint_name, check_clause "
                    "FROM information_schema_check_constraints ORDER BY 1"),
              "2200_16389_1_not_null|id IS NOT NULL\n"
              "2200_16401_1_not_null|id IS NOT NULL\n"
              "p_n_check|((n > (0)::numeric))\n");
}

TEST_F(catalog_information_schema, sequences) {
    EXPECT_EQ(query("SELECT sequence_name, data_type, numeric_precision, maximum_value, increment "
                    "FROM information_schema_sequences ORDER BY 1"),
              "c_id_seq|integer|32|2147483647|1\nsq|bigint|64|9223372036854775807|1\n");
}

}  // namespace
}  // namespace historyd::catalog
