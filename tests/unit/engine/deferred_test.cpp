// Statements that are put off until their transaction is whole.

#include "tests/unit/engine/sessions.hpp"

namespace historyd::testing {
namespace {

class deferred_test : public sessions_test {};

// A lease would be a COMMIT of its own for each of the two; as units they share one.
TEST_F(deferred_test, a_deferred_transaction_is_one_unit_of_the_writer) {
    client a(*engine_);
    insert(a, "1");
    const auto before = engine_->writes().stats();
    value_rows updated, counted;
    a.begin();
    insert(a, "2");
    EXPECT_TRUE(a.defer("update history set n = 7 returning id, n", updated));
    EXPECT_TRUE(a.defer("select count(*) from history where n = 7", counted));
    const auto done = a.commit_deferred();
    ASSERT_FALSE(done.failure);
    ASSERT_EQ(done.done.size(), 2u);
    EXPECT_EQ(done.done[0].affected, 2);
    EXPECT_EQ(updated.rows.size(), 2u);
    EXPECT_EQ(counted.rows, (rows{{std::int64_t{2}}}));
    EXPECT_FALSE(a.session().in_transaction());
    const auto after = engine_->writes().stats();
    EXPECT_EQ(after.units, before.units + 1);
    EXPECT_EQ(after.commits, before.commits + 1);
}

TEST_F(deferred_test, a_deferred_statement_that_fails_is_named_and_undoes_all) {
    client a(*engine_), b(*engine_);
    insert(a, "1");
    value_rows first, second, third;
    a.begin();
    EXPECT_TRUE(a.defer("update history set n = 1 returning n", first));
    EXPECT_TRUE(a.defer("update history set n = n / 0", second));
    EXPECT_TRUE(a.defer("update history set n = 3", third));
    const auto done = a.commit_deferred();
    ASSERT_TRUE(done.failure);
    EXPECT_EQ(done.failure->sqlstate, sqlstate::division_by_zero);
    EXPECT_EQ(done.done.size(), 1u);
    EXPECT_EQ(first.rows, (rows{{std::int64_t{1}}}));  // once, though it ran twice
    EXPECT_TRUE(a.session().in_transaction());
    a.rollback();
    EXPECT_EQ(*b.run("select n from history"), (rows{{value{}}}));
}

TEST_F(deferred_test, deferred_inserts_need_no_look_at_the_table_and_no_lease) {
    client a(*engine_);
    const auto before = engine_->writes().stats();
    value_rows concrete, by_sql, deleted;
    a.begin();
    EXPECT_TRUE(a.defer("insert into history (id, n) values ('1', 7) returning n, id", concrete));
    EXPECT_TRUE(a.defer("insert into history (id) values ('a' || 'b') returning id", by_sql));
    EXPECT_TRUE(a.defer("delete from history where n = 7 returning id", deleted));
    const auto done = a.commit_deferred();
    ASSERT_FALSE(done.failure);
    ASSERT_EQ(done.done.size(), 3u);
    EXPECT_EQ(done.done[0].rows, 1u);
    EXPECT_EQ(concrete.rows, (rows{{std::int64_t{7}, std::string("1")}}));
    EXPECT_EQ(by_sql.rows, (rows{{std::string("ab")}}));
    EXPECT_EQ(deleted.rows, (rows{{std::string("1")}}));
    const auto after = engine_->writes().stats();
    EXPECT_EQ(after.units, before.units + 1);
    EXPECT_EQ(after.commits, before.commits + 1);
}

TEST_F(deferred_test, a_deferred_insert_that_fails_is_named_and_gives_its_rows_back) {
    client a(*engine_);
    insert(a, "2");
    value_rows first, second, third;
    a.begin();
    EXPECT_TRUE(a.defer("insert into history (id) values ('1') returning id", first));
    EXPECT_TRUE(a.defer("insert into history (id) values ('2') returning id", second));
    EXPECT_TRUE(a.defer("insert into history (id) values ('3') returning id", third));
    const auto done = a.commit_deferred();
    ASSERT_TRUE(done.failure);
    EXPECT_EQ(done.failure->sqlstate, sqlstate::unique_violation);
    EXPECT_EQ(done.failure->detail, "Key (id)=(2) already exists.");
    EXPECT_EQ(done.done.size(), 1u);
    EXPECT_EQ(first.rows, (rows{{std::string("1")}}));
    EXPECT_TRUE(second.rows.empty());
    EXPECT_TRUE(third.rows.empty());
    a.rollback();
    EXPECT_EQ(*a.run("select id from history"), (rows{{std::string("2")}}));
}

// Reads of other tables stay with the readers; the INSERTs before them are kept then.
TEST_F(deferred_test, what_reads_something_else_than_deferred_inserts_is_not_deferred) {
    client a(*engine_);
    value_rows sink, read;
    a.begin();
    EXPECT_TRUE(a.defer("insert into history (id) values ('1')", sink));
    EXPECT_FALSE(a.defer("select 1", sink));
    EXPECT_TRUE(a.defer("select id from history", read));
    EXPECT_TRUE(a.defer("update history set n = 1", sink));
    EXPECT_TRUE(a.defer("select 1", sink));  // an error of the UPDATE's has to come before it
    EXPECT_FALSE(a.commit_deferred().failure);
    EXPECT_EQ(read.rows, (rows{{std::string("1")}}));
}

TEST_F(deferred_test, deferred_statements_follow_ddl_of_another_session) {
    client a(*engine_), b(*engine_);
    insert(a, "1");
    value_rows sink;
    a.begin();
    EXPECT_TRUE(a.defer("update history set n = 5", sink));
    ASSERT_TRUE(b.run("alter table history add column extra text"));
    EXPECT_FALSE(a.commit_deferred().failure);
    EXPECT_EQ(*b.run("select n from history"), (rows{{std::int64_t{5}}}));
}

TEST_F(deferred_test, what_changes_the_reading_of_later_messages_is_not_deferred) {
    client a(*engine_);
    value_rows sink;
    a.begin();
    EXPECT_FALSE(a.defer("create table other (a int)", sink));
    EXPECT_FALSE(a.defer("select set_config('timezone', 'Asia/Tokyo', false)", sink));
    EXPECT_FALSE(a.defer("select count(*) from history", sink));  // nothing to wait for
    a.rollback();
    a.begin("repeatable read");
    EXPECT_FALSE(a.defer("update history set n = 1", sink));
}

}  // namespace
}  // namespace historyd::testing
