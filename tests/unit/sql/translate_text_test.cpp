#include <gtest/gtest.h>

#include "tests/unit/sql/test_schema.hpp"

// The SQLite text of shapes whose wording matters, and what a plan says beside its text.

namespace historyd::sql {
namespace {

std::string translated(const std::string& sql) {
    const auto plan = testing::translate_text(sql);
    return plan ? (*plan)->sql : plan.error().sqlstate + " " + plan.error().message;
}

TEST(translate_text, a_column_compared_with_a_parameter_stays_just_that) {
    EXPECT_EQ(translated("select id from history where memory_id = $1"),
              "SELECT \"history\".\"id\" FROM \"history\" AS \"history\" "
              "WHERE (\"history\".\"memory_id\" = ?1)");
}

TEST(translate_text, nulls_are_placed_only_where_there_can_be_any) {
    EXPECT_EQ(translated("select 1 from memory_history order by memory_id, action desc"),
              "SELECT 1 FROM \"memory_history\" AS \"memory_history\" "
              "ORDER BY \"memory_history\".\"memory_id\", \"memory_history\".\"action\" DESC");
    EXPECT_EQ(translated("select 1 from history order by role, event desc, actor_id nulls first"),
              "SELECT 1 FROM \"history\" AS \"history\" ORDER BY \"history\".\"role\" NULLS LAST, "
              "\"history\".\"event\" DESC NULLS FIRST, \"history\".\"actor_id\"");
}

TEST(translate_text, an_outer_join_brings_nulls) {
    EXPECT_NE(translated("select 1 from author a left join book b on true order by b.title")
                  .find("\"b\".\"title\" NULLS LAST"),
              std::string::npos);
}

TEST(translate_text, types_that_do_not_compare_by_bytes_carry_their_collation) {
    EXPECT_EQ(translated("select 1 from inf where n = 1.5"),
              "SELECT 1 FROM \"inf\" AS \"inf\" WHERE (\"inf\".\"n\" = '1.5' COLLATE pg_numeric)");
    EXPECT_EQ(translated("select distinct n from inf"),
              "SELECT DISTINCT \"inf\".\"n\" COLLATE pg_numeric FROM \"inf\" AS \"inf\"");
    EXPECT_EQ(translated("select n from inf union select n from inf"),
              "SELECT \"inf\".\"n\" COLLATE pg_numeric FROM \"inf\" AS \"inf\" UNION "
              "SELECT \"inf_1\".\"n\" COLLATE pg_numeric FROM \"inf\" AS \"inf_1\"");
}

TEST(translate_text, constants_are_folded_with_postgresqls_rules) {
    EXPECT_EQ(translated("select '5'::int"), "SELECT 5");
    EXPECT_EQ(translated("select 'abcdef'::varchar(3)"), "SELECT 'abc'");
    EXPECT_EQ(translated("select ' 1.10 '::numeric"), "SELECT '1.10'");
    EXPECT_EQ(translated("select '{1,2}'::int[]"), "SELECT '{1,2}'");
    EXPECT_EQ(translated("select '2024-01-01'::timestamptz"),
              "SELECT '2024-01-01 00:00:00.000000+00:00'");
    EXPECT_EQ(translated("select true, null, 'it''s'"), "SELECT 1, NULL, 'it''s'");
}

TEST(translate_text, a_cast_that_fails_fails_when_it_is_reached) {
    EXPECT_EQ(translated("select case when true then 1 else 'x'::text::int end"),
              "SELECT CASE WHEN 1 THEN 1 ELSE pg_cast('x', 25, 23, -1, 1) END");
}

TEST(translate_text, a_with_item_hides_the_table_only_outside_itself) {
    EXPECT_EQ(
        translated("with history as (select id from history) select id from history"),
        "WITH \"history#\"(\"id\") AS (SELECT \"history\".\"id\" AS \"id\" FROM \"history\" AS "
        "\"history\") SELECT \"history_1\".\"id\" FROM \"history#\" AS \"history_1\"");
}

TEST(translate_text, a_scalar_subquery_may_not_give_two_rows) {
    EXPECT_EQ(translated("select (select id from author)"),
              "SELECT (SELECT pg_single(\"id\") FROM (SELECT \"author\".\"id\" AS \"id\" FROM "
              "\"author\" AS \"author\"))");
    EXPECT_EQ(translated("select (select max(id) from author)"),
              "SELECT (SELECT max(\"author\".\"id\") AS \"max\" FROM \"author\" AS \"author\")");
}

TEST(translate_text, long_chains_of_conditions_are_balanced) {
    std::string sql = "select 1 from history where id = '0'";
    for (int i = 1; i < 900; ++i) sql += " or id = '" + std::to_string(i) + "'";
    EXPECT_TRUE(testing::translate_text(sql));
}

TEST(translate_text, a_plan_says_what_it_reads_and_does) {
    auto plan = testing::translate_text("select * from history h join author a on a.name = h.id");
    ASSERT_TRUE(plan);
    EXPECT_EQ((*plan)->reads, (std::vector<oid>{16384, 16388}));
    EXPECT_EQ((*plan)->tag, "SELECT");
    EXPECT_EQ((*plan)->schema_epoch, 7U);
    EXPECT_TRUE((*plan)->returns_rows);
    EXPECT_TRUE((*plan)->cacheable);
    EXPECT_FALSE((*plan)->locking);
    EXPECT_FALSE((*plan)->has_side_effects);

    EXPECT_TRUE((*testing::translate_text("select * from author for update"))->locking);
    EXPECT_TRUE(
        (*testing::translate_text("select set_config('a.b', 'c', false)"))->has_side_effects);
    EXPECT_FALSE((*testing::translate_text("select 'now'::timestamptz"))->cacheable);
    EXPECT_TRUE((*testing::translate_text("select now()"))->cacheable);
}

TEST(translate_text, types_given_by_the_client_hold) {
    const std::vector<oid> given{types::type_oid::int8, 0};
    const auto plan = testing::translate_text("select $1, $2::int", given);
    ASSERT_TRUE(plan);
    EXPECT_EQ((*plan)->columns[0].type.id, types::type_oid::int8);
    EXPECT_EQ((*plan)->parameters[1].id, types::type_oid::int4);
}

TEST(translate_text, what_is_not_spoken_says_so) {
    for (const auto* sql :
         {"select row(1, 2)", "select history from history", "select b'1'",
          "select ctid from author", "select * from author tablesample system (1)",
          "select name, rank() over () from author group by rollup (name)",
          "select * from json_to_recordset(distinct '[]') as x (a int)",
          "with x as (delete from author returning id) select x.id from x, author"}) {
        const auto plan = testing::translate_text(sql);
        ASSERT_FALSE(plan) << sql;
        EXPECT_EQ(plan.error().sqlstate, "0A000") << sql << ": " << plan.error().message;
    }
}

}  // namespace
}  // namespace historyd::sql
