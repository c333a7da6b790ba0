#include <gtest/gtest.h>

#include "tests/unit/sql/live_schema.hpp"

// Which INSERTs become rows without SQL, and what their rows are made of.

namespace historyd::sql::testing {
namespace {

class concrete_insert_test : public ::testing::Test {
protected:
    void SetUp() override {
        schema_.define(
            "create table h (id varchar primary key, memory_id text, n int default 0,"
            " at timestamptz default now(), local timestamp default now(), u uuid default"
            " gen_random_uuid(), short varchar(3), s serial, price numeric(10,2))");
    }
    plan_ptr plan_of(const std::string& sql, std::span<const oid> types = {}) {
        auto translated = schema_.translate(sql, types);
        EXPECT_TRUE(translated) << sql << ": " << (translated ? "" : translated.error().message);
        return translated ? *translated : nullptr;
    }
    template <class Source>
    const Source* source(const plan_ptr& p, std::size_t column) {
        return std::get_if<Source>(&p->insert->rows.at(0).at(column));
    }

    live_schema schema_;
};

TEST_F(concrete_insert_test, parameters_constants_and_defaults_need_no_sql) {
    const auto p = plan_of("insert into h (id, memory_id, short) values ($1, 'm', $2)");
    ASSERT_TRUE(p->insert.has_value());
    EXPECT_TRUE(p->insert->evaluate_sql.empty());
    ASSERT_EQ(p->insert->rows.size(), 1U);
    EXPECT_EQ(p->insert->width, 9U);
    EXPECT_EQ(source<parameter_source>(p, 0)->index, 0);
    EXPECT_EQ(source<constant_source>(p, 1)->constant, value(std::string("m")));
    EXPECT_EQ(source<constant_source>(p, 2)->constant, value(std::int64_t{0}));
    EXPECT_NE(source<transaction_timestamp_source>(p, 3), nullptr);
    EXPECT_NE(source<transaction_timestamp_source>(p, 4), nullptr);
    EXPECT_NE(source<random_uuid_source>(p, 5), nullptr);
    EXPECT_EQ(source<parameter_source>(p, 6)->index, 1);  // its length is checked with the row
    EXPECT_EQ(source<nextval_source>(p, 7)->sequence,
              schema_.schema().find_sequence("h_s_seq")->id);
    EXPECT_TRUE(is_null(source<constant_source>(p, 8)->constant));
    EXPECT_TRUE(p->insert->keepable);
    EXPECT_EQ(p->parameters.at(0).id, types::type_oid::varchar);
}

TEST_F(concrete_insert_test, text_put_together_needs_no_sql) {
    const auto p = plan_of("insert into h (id, memory_id) values ('a', 'm-' || $1 || '-' || $2)");
    ASSERT_TRUE(p->insert.has_value());
    ASSERT_EQ(p->insert->rows.size(), 1U);
    const auto& parts = source<concatenation_source>(p, 1)->parts;
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_EQ(std::get<std::string>(parts[0]), "m-");
    EXPECT_EQ(std::get<parameter_source>(parts[1]).index, 0);
    EXPECT_EQ(std::get<std::string>(parts[2]), "-");
    EXPECT_EQ(std::get<parameter_source>(parts[3]).index, 1);

    const oid number[] = {types::type_oid::int4};
    EXPECT_TRUE(plan_of("insert into h (id, memory_id) values ('a', 'm-' || $1)", number)
                    ->insert->rows.empty());
    EXPECT_TRUE(plan_of("insert into h (id, memory_id) values ('a', $1 || lower('M'))")
                    ->insert->rows.empty());
    EXPECT_TRUE(plan_of("insert into h (id, short) values ('a', 'm' || $1)")->insert->rows.empty());
}

TEST_F(concrete_insert_test, constants_are_in_storage_form) {
    const auto p = plan_of(
        "insert into h (id, n, at, price) values ('a', '7', '2024-01-02T03:04:05+02', 1.005)");
    ASSERT_TRUE(p->insert.has_value());
    EXPECT_EQ(source<constant_source>(p, 2)->constant, value(std::int64_t{7}));
    EXPECT_EQ(source<constant_source>(p, 3)->constant,
              value(std::string("2024-01-02 01:04:05.000000+00:00")));
    EXPECT_EQ(source<constant_source>(p, 8)->constant, value(std::string("1.01")));
}

TEST_F(concrete_insert_test, integers_of_another_width_are_parameters_all_the_same) {
    const oid types[] = {types::type_oid::text, types::type_oid::int2};
    const auto p = plan_of("insert into h (id, n) values ($1, $2)", types);
    ASSERT_TRUE(p->insert.has_value());
    ASSERT_EQ(p->insert->rows.size(), 1U);
    EXPECT_EQ(source<parameter_source>(p, 2)->index, 1);
}

TEST_F(concrete_insert_test, keys_and_not_null_by_position) {
    const auto p = plan_of("insert into h (id) values ($1)");
    ASSERT_EQ(p->insert->unique_keys.size(), 1U);
    const auto& key = p->insert->unique_keys[0];
    EXPECT_EQ(key.constraint, "h_pkey");
    EXPECT_EQ(key.columns, std::vector<std::size_t>{0});
    EXPECT_EQ(key.exists_sql, R"(SELECT 1 FROM "h" WHERE "id" = ?1 LIMIT 1)");
    EXPECT_EQ(p->insert->not_null, (std::vector<std::size_t>{0, 7}));
    EXPECT_TRUE(p->insert->insert_sql.starts_with(R"(INSERT INTO "h" ("id", "memory_id")"));
    EXPECT_TRUE(p->insert->insert_sql.ends_with("?8, ?9)"));
}

TEST_F(concrete_insert_test, returning_of_columns_needs_no_sql) {
    const auto columns = plan_of("insert into h (id) values ('a') returning at, id");
    ASSERT_TRUE(columns->insert.has_value());
    EXPECT_EQ(columns->insert->returning_columns, (std::vector<std::size_t>{3, 0}));
    EXPECT_TRUE(columns->insert->returning_sql.empty());
    EXPECT_EQ(columns->columns.at(0).name, "at");
    EXPECT_EQ(columns->columns.at(0).type.id, types::type_oid::timestamptz);

    const auto computed = plan_of("insert into h (id) values ('a') returning n + 1 as m");
    EXPECT_TRUE(computed->insert->returning_columns.empty());
    EXPECT_TRUE(computed->insert->returning_sql.starts_with("SELECT "));
    EXPECT_NE(computed->insert->returning_sql.find("?3"), std::string::npos);
}

TEST_F(concrete_insert_test, what_needs_sql_is_evaluated_apart_from_the_table) {
    const auto p = plan_of("insert into h (id, n) values (lower($1), 1 + $2)");
    ASSERT_TRUE(p->insert.has_value());
    EXPECT_TRUE(p->insert->rows.empty());
    EXPECT_FALSE(p->insert->evaluate_sql.empty());
    const auto many = plan_of(
        "insert into h (id, n) select p0::varchar, p1::int from (values ('a', '1', 0)) as"
        " v(p0, p1, c) order by c");
    EXPECT_TRUE(many->insert.has_value());
}

TEST_F(concrete_insert_test, evaluation_is_brief_when_nothing_in_it_waits_or_counts) {
    for (const char* sql : {
             "insert into h (id, memory_id, s) values ('m-' || $1, gen_random_uuid()::text, 1)",
             "insert into h (id, at, s) values ('a' || $1, now(), 1), ('b' || $1, default, 2)",
         }) {
        const auto p = plan_of(sql);
        ASSERT_TRUE(p->insert.has_value()) << sql;
        EXPECT_FALSE(p->insert->evaluate_sql.empty()) << sql;
        EXPECT_TRUE(p->insert->brief) << sql;
    }
    for (const char* sql : {
             "insert into h (id, s) values (lower($1), 1)",
             "insert into h (id, s) values ('a' || $1, 1), (upper('b'), 2)",
             "insert into h (id, memory_id, s) values ('a' || $1, repeat('b', 1000000), 1)",
             "insert into h (id, s) values ('a' || $1, nextval('h_s_seq'))",
             "insert into h (id) values ('a' || $1)",
             "insert into h (id, s) select 'a' || $1, 1",
         }) {
        const auto p = plan_of(sql);
        ASSERT_NE(p, nullptr);
        EXPECT_FALSE(p->insert && p->insert->brief) << sql;
    }
}

TEST_F(concrete_insert_test, what_depends_on_tables_is_not_concrete) {
    for (const char* sql : {"insert into h (id) select id from h",
                            "insert into h (id) values ((select max(id) from h))",
                            "insert into h (id) values ('a') on conflict do nothing",
                            "insert into h (id) values ('a') returning (select count(*) from h)"}) {
        EXPECT_FALSE(plan_of(sql)->insert.has_value()) << sql;
    }
}

TEST_F(concrete_insert_test, a_row_that_others_judge_is_not_kept) {
    schema_.define("create table c (a int check (a > 0))");
    schema_.define("create table p (id int primary key)");
    schema_.define("create table f (a int references p)");
    schema_.define("create table e (a text)");
    schema_.define("create unique index on e (lower(a))");
    for (const char* table : {"c", "f", "e"}) {
        const auto p = plan_of("insert into " + std::string(table) + " values (null)");
        ASSERT_TRUE(p->insert.has_value()) << table;
        EXPECT_FALSE(p->insert->keepable) << table;
    }
    EXPECT_TRUE(plan_of("insert into p values (1)")->insert->keepable);
}

}  // namespace
}  // namespace historyd::sql::testing
