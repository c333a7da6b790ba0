// Functions over the catalog. What they print was asked of PostgreSQL 15 over the same schema.

#include "catalog_fixture.hpp"
#include "storage/catalog/definition_text.hpp"
#include "storage/catalog/object_names.hpp"

namespace historyd::catalog {
namespace {

namespace t = types::type_oid;

using catalog_function = catalog_fixture;

TEST_F(catalog_function, indexdef) {
    EXPECT_EQ(query("SELECT pg_get_indexdef(16414, 0, 0)"),
              "CREATE INDEX ci ON public.c USING btree (u DESC, lower(u)) WHERE (u IS NOT NULL)\n");
    EXPECT_EQ(query("SELECT pg_get_indexdef(16414, 0, 1)"),
              "CREATE INDEX ci ON c USING btree (u DESC, lower(u)) WHERE u IS NOT NULL\n");
    EXPECT_EQ(query("SELECT pg_get_indexdef(16396, 0, 0)"),
              "CREATE UNIQUE INDEX p_pkey ON public.p USING btree (id)\n");
    EXPECT_EQ(query("SELECT pg_get_indexdef(16414, 1, 1), pg_get_indexdef(16414, 2, 0), "
                    "pg_get_indexdef(16414, 3, 1), pg_get_indexdef(99999, 0, 0) IS NULL, "
                    "pg_get_indexdef(16389, 0, 0) IS NULL"),
              "u|lower(u)||1|1\n");
}

TEST_F(catalog_function, constraintdef) {
    EXPECT_EQ(query("SELECT conname, pg_get_constraintdef(oid, 0), pg_get_constraintdef(oid, 1) "
                    "FROM pg_catalog_pg_constraint ORDER BY oid"),
              "p_n_check|CHECK ((n > (0)::numeric))|CHECK (n > 0::numeric)\n"
              "p_pkey|PRIMARY KEY (id)|PRIMARY KEY (id)\n"
              "p_x_key|UNIQUE (x)|UNIQUE (x)\n"
              "c_pkey|PRIMARY KEY (id)|PRIMARY KEY (id)\n"
              "c_pid_fkey|FOREIGN KEY (pid) REFERENCES p(id) ON DELETE CASCADE|"
              "FOREIGN KEY (pid) REFERENCES p(id) ON DELETE CASCADE\n");
    EXPECT_EQ(query("SELECT pg_get_constraintdef(1, 0) IS NULL"), "1\n");
}

TEST_F(catalog_function, viewdef_and_serial_sequence) {
    EXPECT_EQ(query("SELECT pg_get_viewdef('v') = pg_get_viewdef(16415), pg_get_viewdef(16415)"),
              "1| SELECT p.id,\n    p.x\n   FROM p;\n");
    EXPECT_EQ(query("SELECT pg_get_serial_sequence('c', 'id'), "
                    "pg_get_serial_sequence('public.c', 'id'), "
                    "pg_get_serial_sequence('c', 'pid') IS NULL"),
              "public.c_id_seq|public.c_id_seq|1\n");
    EXPECT_EQ(query("SELECT pg_get_serial_sequence('nosuch', 'id')"),
              "42P01 relation \"nosuch\" does not exist");
    EXPECT_EQ(query("SELECT pg_get_serial_sequence('c', 'nosuch')"),
              "42703 column \"nosuch\" of relation \"c\" does not exist");
}

TEST_F(catalog_function, descriptions) {
    EXPECT_EQ(query("SELECT pg_description_of(16389, NULL, 0), "
                    "pg_description_of(16389, 'pg_class', 0), "
                    "pg_description_of(16389, 'pg_namespace', 0) IS NULL, "
                    "pg_description_of(16389, 'pg_class', 2), "
                    "pg_description_of(16389, 'pg_class', 1) IS NULL, "
                    "pg_description_of(2200, 'pg_namespace', 0)"),
              "tbl|tbl|1|colx|1|standard public schema\n");
}

TEST_F(catalog_function, visibility_follows_the_search_path) {
    const std::string visible =
        "SELECT pg_table_is_visible(16389), pg_table_is_visible(16421), "
        "pg_table_is_visible(99999) IS NULL, pg_table_is_visible(1259), pg_type_is_visible(23), "
        "pg_type_is_visible(9999) IS NULL, pg_function_is_visible(870)";
    EXPECT_EQ(query(visible), "1|0|1|1|1|1|1\n");
    ASSERT_TRUE(settings_.set("search_path", "s, public", false));
    context_.settings = settings_.snapshot();
    EXPECT_EQ(query(visible), "0|1|1|1|1|1|1\n");
    EXPECT_EQ(query("SELECT pg_get_constraintdef(16409, 0)"),
              "FOREIGN KEY (pid) REFERENCES public.p(id) ON DELETE CASCADE\n");
}

TEST_F(catalog_function, format_type) {
    EXPECT_EQ(query("SELECT pg_format_type(23, NULL), pg_format_type(1043, 54), "
                    "pg_format_type(99999, -1), pg_format_type(0, -1), "
                    "pg_format_type(NULL, 1) IS NULL, pg_format_type(1700, 655366), "
                    "pg_format_type(1009, -1)"),
              "integer|character varying(50)|???|-|1|numeric(10,2)|text[]\n");
    EXPECT_EQ(query("SELECT pg_format_type(reltype, -1) FROM pg_catalog_pg_class "
                    "WHERE relname = 'p' ORDER BY oid"),
              "p\ns.p\n");
}

TEST_F(catalog_function, users_and_encodings) {
    EXPECT_EQ(query("SELECT pg_get_userbyid(10), pg_get_userbyid(9999)"),
              "mem0|unknown (OID=9999)\n");
    EXPECT_EQ(query("SELECT pg_encoding_to_char(6), pg_encoding_to_char(99), "
                    "pg_char_to_encoding('UNICODE'), pg_char_to_encoding('foo')"),
              "UTF8||6|-1\n");
    EXPECT_EQ(query("SELECT pg_get_function_arguments(870), pg_get_function_result(870)"),
              "text|text\n");
}

TEST_F(catalog_function, privileges) {
    EXPECT_EQ(query("SELECT pg_has_privilege('schema', NULL, 'public', 'usage'), "
                    "pg_has_privilege('schema', 'mem0', 'public', 'create, usage'), "
                    "pg_has_privilege('schema', NULL, 99999, 'usage') IS NULL, "
                    "pg_has_privilege('table', 'mem0', 'p', 'insert,update with grant option'), "
                    "pg_has_privilege('table', NULL, 99999, 'select') IS NULL, "
                    "pg_has_privilege('role', NULL, 'mem0', 'member')"),
              "1|1|1|1|1|1\n");
    EXPECT_EQ(query("SELECT pg_has_privilege('schema', NULL, 'nosuch', 'usage')"),
              "3F000 schema \"nosuch\" does not exist");
    EXPECT_EQ(query("SELECT pg_has_privilege('schema', NULL, 'public', 'foo')"),
              "22023 unrecognized privilege type: \"foo\"");
    EXPECT_EQ(query("SELECT pg_has_privilege('schema', 'nouser', 'public', 'usage')"),
              "42704 role \"nouser\" does not exist");
    EXPECT_EQ(query("SELECT pg_has_privilege('table', NULL, 'nosuch', 'select')"),
              "42P01 relation \"nosuch\" does not exist");
    EXPECT_EQ(query("SELECT pg_has_privilege('database', NULL, 'nosuch', 'connect')"),
              "3D000 database \"nosuch\" does not exist");
    EXPECT_EQ(query("SELECT pg_has_column_privilege(NULL, 'p', 'id', 'select'), "
                    "pg_has_column_privilege('mem0', 16389, 1, 'select')"),
              "1|1\n");
    EXPECT_EQ(query("SELECT pg_has_column_privilege(NULL, 'p', 'zz', 'select')"),
              "42703 column \"zz\" of relation \"p\" does not exist");
}

TEST_F(catalog_function, sizes_and_publication) {
    EXPECT_EQ(query("SELECT pg_relation_size(99999, 1, 0) IS NULL, pg_database_size() > 0, "
                    "pg_relation_is_publishable(16389), pg_relation_is_publishable(16415), "
                    "pg_relation_is_publishable(1259), pg_relation_is_publishable(99999) IS NULL, "
                    "pg_relation_is_updatable(16389)"),
              "1|0|1|0|0|1|28\n");
    EXPECT_EQ(query("SELECT count(*) FROM pg_partition_ancestors(16389)"), "0\n");
}

TEST_F(catalog_function, to_reg_finds_or_gives_null) {
    EXPECT_EQ(query("SELECT pg_to_reg(2205, 'p'), pg_to_reg(2205, 's.p'), "
                    "pg_to_reg(2205, 'nosuch') IS NULL, pg_to_reg(2205, '16389') IS NULL, "
                    "pg_to_reg(2206, 'integer'), pg_to_reg(2206, 'hstore') IS NULL, "
                    "pg_to_reg(4089, 'public')"),
              "16389|16421|1|1|23|1|2200\n");
}

TEST_F(catalog_function, names_behind_the_reg_types) {
    const auto names = make_object_names(context_.schema, {"$user", "public"}, "mem0");
    EXPECT_EQ(names->find(t::regclass, "p"), 16389U);
    EXPECT_EQ(names->find(t::regclass, "S.P"), 16421U);
    EXPECT_EQ(names->find(t::regclass, "\"P\""), std::nullopt);
    EXPECT_EQ(names->find(t::regclass, "pg_class"), 1259U);
    EXPECT_EQ(names->find(t::regclass, "pg_catalog.pg_class"), 1259U);
    EXPECT_EQ(names->find(t::regclass, "ci"), 16414U);
    EXPECT_EQ(names->find(t::regclass, "c_id_seq"), 16400U);
    EXPECT_EQ(names->find(t::regclass, "x.y"), std::nullopt);
    EXPECT_EQ(names->find(t::regclass, "-"), 0U);
    EXPECT_EQ(names->find(t::regtype, "pg_class"), 83U);
    EXPECT_EQ(names->find(t::regtype, "hstore"), std::nullopt);
    EXPECT_EQ(names->find(t::regtype, "varchar(20)"), 1043U);
    EXPECT_EQ(names->find(t::regtype, "int4[]"), 1007U);
    EXPECT_EQ(names->find(t::regtype, "timestamp(3) with time zone"), 1184U);
    EXPECT_EQ(names->find(t::regproc, "array_in"), 750U);
    EXPECT_EQ(names->find(t::regproc, "lower"), std::nullopt) << "more than one";
    EXPECT_EQ(names->find(t::regprocedure, "lower(text)"), 870U);
    EXPECT_EQ(names->find(t::regnamespace, "pg_catalog"), 11U);
    EXPECT_EQ(names->find(t::regrole, "mem0"), 10U);
    EXPECT_EQ(names->name(t::regclass, 16389), "p");
    EXPECT_EQ(names->name(t::regclass, 16421), "s.p");
    EXPECT_EQ(names->name(t::regclass, 999999), std::nullopt);
    EXPECT_EQ(names->name(t::regclass, 0), "-");
    EXPECT_EQ(
        names->name(t::regclass, names->find(t::regclass, "information_schema.tables").value_or(0)),
        "information_schema.tables");
    EXPECT_EQ(names->name(t::regproc, 750), "array_in");
    EXPECT_EQ(names->name(t::regprocedure, 870), "lower(text)");
    EXPECT_EQ(names->name(t::regnamespace, 2200), "public");
}

TEST(catalog_definition_text, pretty_expressions_lose_what_postgresql_drops) {
    EXPECT_EQ(pretty_expression("(n > (0)::numeric)"), "n > 0::numeric");
    EXPECT_EQ(pretty_expression("((a > 0) AND (b < 5))"), "a > 0 AND b < 5");
    EXPECT_EQ(pretty_expression("((a > 0) AND ((b < 5) OR (c IS NULL)))"),
              "a > 0 AND (b < 5 OR c IS NULL)");
    EXPECT_EQ(pretty_expression("(x = 'a (b) AND c'::text)"), "x = 'a (b) AND c'::text");
    EXPECT_EQ(pretty_expression("now()"), "now()");
    EXPECT_EQ(pretty_expression("'it''s)'::text"), "'it''s)'::text");
    EXPECT_EQ(pretty_expression("("), "(");
}

}  // namespace
}  // namespace historyd::catalog
