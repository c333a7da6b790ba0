// The catalog tables over a schema as PostgreSQL has them over the same one.

#include "catalog_fixture.hpp"

namespace historyd::catalog {
namespace {

using catalog_table = catalog_fixture;

TEST_F(catalog_table, pg_class_has_the_user_s_relations_and_its_own) {
    EXPECT_EQ(query("SELECT oid, relname, relkind, relam, relnatts, relchecks, relhasindex, "
                    "relhastriggers, relhasrules, relreplident FROM pg_catalog_pg_class "
                    "WHERE relnamespace = 2200 ORDER BY oid"),
              "16389|p|r|2|3|1|1|1|0|d\n"
              "16396|p_pkey|i|403|1|0|0|0|0|n\n"
              "16398|p_x_key|i|403|1|0|0|0|0|n\n"
              "16400|c_id_seq|S|0|3|0|0|0|0|n\n"
              "16401|c|r|2|3|0|1|1|0|d\n"
              "16407|c_pkey|i|403|1|0|0|0|0|n\n"
              "16414|ci|i|403|2|0|0|0|0|n\n"
              "16415|v|v|0|2|0|0|0|1|n\n"
              "16419|sq|S|0|3|0|0|0|0|n\n");
    EXPECT_EQ(query("SELECT oid, relkind, reltype FROM pg_catalog_pg_class "
                    "WHERE relname = 'pg_class'"),
              "1259|r|83\n");
}

TEST_F(catalog_table, historyd_s_own_tables_are_in_none) {
    EXPECT_EQ(query("SELECT count(*) FROM pg_catalog_pg_class WHERE relname LIKE 'historyd%'"),
              "0\n");
}

TEST_F(catalog_table, pg_attribute_has_columns_with_their_types) {
    EXPECT_EQ(query("SELECT attname, atttypid, atttypmod, attlen, attnotnull, atthasdef, attalign, "
                    "attstorage, attcollation FROM pg_catalog_pg_attribute "
                    "WHERE attrelid = 16389 AND attnum > 0 ORDER BY attnum"),
              "id|23|-1|4|1|0|i|p|0\n"
              "x|25|-1|-1|0|0|i|x|100\n"
              "n|1700|655366|-1|0|1|i|m|0\n");
    EXPECT_EQ(query("SELECT attname, atttypid, attlen FROM pg_catalog_pg_attribute "
                    "WHERE attrelid = 16389 AND attnum < 0 ORDER BY attnum"),
              "tableoid|26|4\ncmax|29|4\nxmax|28|4\ncmin|29|4\nxmin|28|4\nctid|27|6\n");
    EXPECT_EQ(query("SELECT attname, atttypid FROM pg_catalog_pg_attribute "
                    "WHERE attrelid = 16414 ORDER BY attnum"),
              "u|25\nexpr|25\n");
    EXPECT_EQ(query("SELECT adrelid, adnum, adbin FROM pg_catalog_pg_attrdef ORDER BY 1, 2"),
              "16389|3|0\n16401|1|nextval('c_id_seq'::regclass)\n");
}

TEST_F(catalog_table, pg_type_has_postgresql_s_types_and_the_row_types) {
    EXPECT_EQ(query("SELECT oid, typname, typlen, typcategory, typarray, typinput, typdelim "
                    "FROM pg_catalog_pg_type WHERE oid IN (23, 1009, 3802) ORDER BY oid"),
              "23|int4|4|N|1007|42|,\n"
              "1009|_text|-1|A|0|750|,\n"
              "3802|jsonb|-1|U|3807|3806|,\n");
    EXPECT_EQ(query("SELECT t.typtype, t.typrelid, a.typname FROM pg_catalog_pg_type t "
                    "JOIN pg_catalog_pg_type a ON a.oid = t.typarray "
                    "JOIN pg_catalog_pg_class c ON c.reltype = t.oid WHERE c.relname = 'c'"),
              "c|16401|_c\n");
    // Every base type that names an array has one that names it.
    EXPECT_EQ(
        query("SELECT count(*) FROM pg_catalog_pg_type a JOIN pg_catalog_pg_type b "
              "ON b.oid = a.typelem WHERE a.typinput = 750 AND b.typtype = 'b'"),
        query("SELECT count(*) FROM pg_catalog_pg_type WHERE typarray <> 0 AND typtype = 'b'"));
}

TEST_F(catalog_table, pg_index_and_pg_constraint) {
    EXPECT_EQ(query("SELECT indexrelid, indisunique, indisprimary, indkey, indcollation, indclass, "
                    "indoption, indexprs, indpred FROM pg_catalog_pg_index ORDER BY 1"),
              "16396|1|1|[0:0]={1}|[0:0]={0}|[0:0]={1978}|[0:0]={0}||\n"
              "16398|1|0|[0:0]={2}|[0:0]={100}|[0:0]={3126}|[0:0]={0}||\n"
              "16407|1|1|[0:0]={1}|[0:0]={0}|[0:0]={1978}|[0:0]={0}||\n"
              "16414|0|0|[0:1]={3,0}|[0:1]={100,100}|[0:1]={3126,3126}|[0:1]={3,0}|lower(u)|"
              "(u IS NOT NULL)\n");
    EXPECT_EQ(query("SELECT oid, conname, contype, conrelid, conindid, confrelid, confupdtype, "
                    "confdeltype, confmatchtype, connoinherit, conkey, confkey "
                    "FROM pg_catalog_pg_constraint ORDER BY oid"),
              "16393|p_n_check|c|16389|0|0| | | |0|{3}|\n"
              "16397|p_pkey|p|16389|16396|0| | | |1|{1}|\n"
              "16399|p_x_key|u|16389|16398|0| | | |1|{2}|\n"
              "16408|c_pkey|p|16401|16407|0| | | |1|{1}|\n"
              "16409|c_pid_fkey|f|16401|16396|16389|a|c|s|1|{2}|{1}\n");
}

TEST_F(catalog_table, pg_depend_ties_a_serial_s_sequence_to_its_column) {
    EXPECT_EQ(query("SELECT refobjid, refobjsubid, deptype FROM pg_catalog_pg_depend "
                    "WHERE classid = 1259 AND objid = 16400 AND refclassid = 1259"),
              "16401|1|a\n");
    EXPECT_EQ(query("SELECT refclassid, refobjid, deptype FROM pg_catalog_pg_depend "
                    "WHERE objid = 16396"),
              "2606|16397|i\n");
}

TEST_F(catalog_table, comments_and_sequences) {
    EXPECT_EQ(query("SELECT objoid, classoid, objsubid, description FROM pg_catalog_pg_description "
                    "WHERE classoid = 1259 ORDER BY 3"),
              "16389|1259|0|tbl\n16389|1259|2|colx\n");
    EXPECT_EQ(query("SELECT * FROM pg_catalog_pg_sequence ORDER BY 1"),
              "16400|23|1|1|2147483647|1|1|0\n"
              "16419|20|1|1|9223372036854775807|1|1|0\n");
}

TEST_F(catalog_table, the_session_s_own_values) {
    EXPECT_EQ(query("SELECT datname, encoding FROM pg_catalog_pg_database"), "mem0db|6\n");
    EXPECT_EQ(query("SELECT oid, rolsuper, rolcanlogin FROM pg_catalog_pg_roles "
                    "WHERE rolname = 'mem0'"),
              "10|0|1\n");
    EXPECT_EQ(query("SELECT tablename, tableowner FROM pg_catalog_pg_tables "
                    "WHERE schemaname = 'public' AND tableowner = 'mem0' ORDER BY 1"),
              "c|mem0\np|mem0\n");
    EXPECT_EQ(query("SELECT setting, unit, vartype FROM pg_catalog_pg_settings "
                    "WHERE name = 'authentication_timeout'"),
              "60|s|integer\n");
    EXPECT_EQ(query("SELECT enumvals FROM pg_catalog_pg_settings "
                    "WHERE name = 'default_transaction_isolation'"),
              "{serializable,\"repeatable read\",\"read committed\",\"read uncommitted\"}\n");
    EXPECT_EQ(query("SELECT datname, usename, state FROM pg_catalog_pg_stat_activity"),
              "mem0db|mem0|active\n");
}

TEST_F(catalog_table, another_schema_makes_other_rows) {
    ASSERT_EQ(query("SELECT count(*) FROM pg_catalog_pg_attrdef"), "2\n");
    auto changed = std::make_shared<schema::schema>(*example_schema());
    std::erase_if(changed->relations, [](const auto& r) { return r->name == "c"; });
    changed->index_names();
    context_.schema = changed;
    EXPECT_EQ(query("SELECT count(*) FROM pg_catalog_pg_attrdef"), "1\n");
}

TEST_F(catalog_table, a_look_up_finds_what_a_scan_finds) {
    for (const std::string column : {"oid", "relname", "relnamespace", "reltype"}) {
        EXPECT_EQ(
            query("SELECT count(*) FROM pg_catalog_pg_class a JOIN pg_catalog_pg_class b ON a." +
                  column + " = b." + column),
            query("SELECT count(*) FROM pg_catalog_pg_class a JOIN pg_catalog_pg_class b ON +a." +
                  column + " = +b." + column))
            << column;
    }
    EXPECT_EQ(query("SELECT relname FROM pg_catalog_pg_class WHERE oid = '16389'"), "p\n");
    EXPECT_EQ(query("SELECT relname FROM pg_catalog_pg_class WHERE oid = 16389.0"), "p\n");
    EXPECT_EQ(query("SELECT count(*) FROM pg_catalog_pg_class WHERE oid = NULL"), "0\n");
    EXPECT_EQ(query("SELECT relname FROM pg_catalog_pg_class WHERE oid IN (16401, 16389) "
                    "ORDER BY 1"),
              "c\np\n");
}

TEST_F(catalog_table, every_relation_can_be_read) {
    for (const auto& relation : catalog_relations()) {
        const auto rows = query("SELECT * FROM " + relation->sqlite_name);
        EXPECT_FALSE(rows.size() > 5 && rows[5] == ' ') << relation->sqlite_name << ": " << rows;
    }
}

}  // namespace
}  // namespace historyd::catalog
