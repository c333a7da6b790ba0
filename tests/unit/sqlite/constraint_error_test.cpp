// The wording was taken from PostgreSQL 15: the same violations of the same tables.

#include <gtest/gtest.h>

#include "storage/sqlite/database.hpp"
#include "temporary_directory.hpp"

namespace historyd::sqlite {
namespace {

namespace t = types::type_oid;

schema::column column(std::int16_t attnum, std::string name) {
    schema::column c;
    c.name = std::move(name);
    c.type = {t::int4, -1};
    c.attnum = attnum;
    return c;
}

schema::constraint constraint(std::string name, schema::constraint_kind kind,
                              std::vector<std::int16_t> columns) {
    schema::constraint c;
    c.name = std::move(name);
    c.kind = kind;
    c.columns = std::move(columns);
    return c;
}

std::shared_ptr<schema::relation> table(schema::oid id, std::string name,
                                        std::vector<schema::column> columns,
                                        std::vector<schema::constraint> constraints) {
    auto r = std::make_shared<schema::relation>();
    r->id = id;
    r->name = name;
    r->sqlite_name = std::move(name);
    r->columns = std::move(columns);
    r->constraints = std::move(constraints);
    return r;
}

class ConstraintError : public ::testing::Test {
protected:
    ConstraintError() {
        using kind = schema::constraint_kind;
        auto parent = table(1, "p", {column(1, "id"), column(2, "a"), column(3, "b, c")},
                            {constraint("p_pkey", kind::primary_key, {1}),
                             constraint("p_a_key", kind::unique, {2, 3}),
                             constraint("positive", kind::check, {2})});
        schema::index lower;
        lower.name = "p_lower";
        lower.unique = true;
        lower.keys = {{.attnum = 0, .expression_sql = "abs(a)"}};
        parent->indexes = {lower};
        auto child = table(
            2, "s.c", {column(1, "id"), column(2, "p_id")},
            {constraint("c_pkey", kind::primary_key, {1}), constraint("positive", kind::check, {1}),
             constraint("c_p_id_fkey", kind::foreign_key, {2})});
        child->name = "c";
        child->namespace_id = 77;
        child->constraints.back().foreign_relation = 1;
        child->constraints.back().foreign_columns = {1};
        schema_->namespaces = {{.id = schema::public_oid, .name = "public", .comment = {}},
                               {.id = 77, .name = "s", .comment = {}}};
        schema_->relations = {parent, child};
        schema_->index_names();
        context_.schema = schema_;
        db_ = std::move(*database::open(dir_.file("test.db"), open_mode::read_write_create, {}));
        db_->set_context(&context_);
        EXPECT_TRUE(db_->run(R"(
            CREATE TABLE p(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, "b, c" INTEGER,
                           UNIQUE (a, "b, c"), CONSTRAINT positive CHECK (a > 0));
            CREATE UNIQUE INDEX p_lower ON p(a % 100) WHERE a > 100;
            CREATE TABLE "s.c"(id INTEGER NOT NULL, p_id INTEGER REFERENCES p(id),
                               PRIMARY KEY (id), CONSTRAINT positive CHECK (id > 0)) WITHOUT ROWID;
            INSERT INTO p VALUES (1, 1, 1), (2, 102, 2);
            INSERT INTO "s.c" VALUES (1, 1);)"));
    }

    sql_error error_of(const std::string& sql, schema::oid target = 0) {
        auto s = db_->prepare(sql);
        EXPECT_TRUE(s) << s.error().message;
        s->set_target(target);
        const auto stepped = s->step();
        EXPECT_FALSE(stepped) << sql;
        return stepped.has_error() ? stepped.error() : sql_error();
    }

    temporary_directory dir_;
    std::shared_ptr<schema::schema> schema_ = std::make_shared<schema::schema>();
    statement_context context_;
    std::unique_ptr<database> db_;
};

TEST_F(ConstraintError, PrimaryKey) {
    const auto e = error_of("INSERT INTO p VALUES (1, 9, 9)");
    EXPECT_EQ(e.sqlstate, sqlstate::unique_violation);
    EXPECT_EQ(e.message, "duplicate key value violates unique constraint \"p_pkey\"");
    EXPECT_EQ(e.schema_name, "public");
    EXPECT_EQ(e.table_name, "p");
    EXPECT_EQ(e.constraint_name, "p_pkey");
}

TEST_F(ConstraintError, UniqueOverColumnsWithACommaInTheName) {
    EXPECT_EQ(error_of("INSERT INTO p VALUES (9, 1, 1)").constraint_name, "p_a_key");
}

TEST_F(ConstraintError, UniqueIndexOverAnExpression) {
    EXPECT_EQ(error_of("INSERT INTO p VALUES (9, 202, 1)").constraint_name, "p_lower");
}

TEST_F(ConstraintError, TableInAnotherSchema) {
    const auto e = error_of("INSERT INTO \"s.c\" VALUES (1, 1)");
    EXPECT_EQ(e.message, "duplicate key value violates unique constraint \"c_pkey\"");
    EXPECT_EQ(e.schema_name, "s");
    EXPECT_EQ(e.table_name, "c");
}

TEST_F(ConstraintError, NotNull) {
    const auto e = error_of("INSERT INTO p VALUES (9, NULL, 9)");
    EXPECT_EQ(e.sqlstate, sqlstate::not_null_violation);
    EXPECT_EQ(e.message,
              "null value in column \"a\" of relation \"p\" violates not-null constraint");
    EXPECT_EQ(e.table_name, "p");
    EXPECT_EQ(e.column_name, "a");
}

TEST_F(ConstraintError, CheckOfTheTableThatIsWritten) {
    const auto e = error_of("INSERT INTO \"s.c\" VALUES (-1, 1)", 2);
    EXPECT_EQ(e.sqlstate, sqlstate::check_violation);
    EXPECT_EQ(e.message, "new row for relation \"c\" violates check constraint \"positive\"");
    EXPECT_EQ(error_of("INSERT INTO p VALUES (9, -9, 9)", 1).message,
              "new row for relation \"p\" violates check constraint \"positive\"");
}

TEST_F(ConstraintError, MissingParent) {
    const auto e = error_of("INSERT INTO \"s.c\" VALUES (2, 99)", 2);
    EXPECT_EQ(e.sqlstate, sqlstate::foreign_key_violation);
    EXPECT_EQ(e.message,
              "insert or update on table \"c\" violates foreign key constraint \"c_p_id_fkey\"");
    EXPECT_EQ(e.constraint_name, "c_p_id_fkey");
    EXPECT_EQ(e.table_name, "c");
}

TEST_F(ConstraintError, ReferencedParent) {
    const auto e = error_of("DELETE FROM p WHERE id = 1", 1);
    EXPECT_EQ(e.message,
              "update or delete on table \"p\" violates foreign key constraint \"c_p_id_fkey\" on "
              "table \"c\"");
    EXPECT_EQ(e.table_name, "c");
}

TEST_F(ConstraintError, WithoutASchemaSqlitesWordsRemain) {
    const auto e =
        constraint_error(SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: x.y", nullptr, 0);
    EXPECT_EQ(e.message, "duplicate key value violates unique constraint \"x.y\"");
    EXPECT_TRUE(e.constraint_name.empty());
}

}  // namespace
}  // namespace historyd::sqlite
