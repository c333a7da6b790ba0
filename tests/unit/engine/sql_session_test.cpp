// Where statements run and what a transaction sees: each rule of storage/DESIGN.md, "Interactive
// transactions", on a real file with several sessions.

#include "tests/unit/engine/sessions.hpp"

namespace historyd::testing {
namespace {

class sql_session_test : public sessions_test {};

TEST_F(sql_session_test, an_autocommitted_insert_is_seen_by_all) {
    client a(*engine_), b(*engine_);
    insert(a, "1");
    EXPECT_EQ(count(b), 1);
}

TEST_F(sql_session_test, a_kept_insert_is_seen_by_its_own_transaction_only) {
    client a(*engine_), b(*engine_);
    a.begin();
    insert(a, "1");
    EXPECT_EQ(count(b), 0);
    EXPECT_EQ(count(a), 1);
    ASSERT_TRUE(a.commit());
    EXPECT_EQ(count(b), 1);
}

TEST_F(sql_session_test, rollback_drops_what_was_kept) {
    client a(*engine_);
    a.begin();
    insert(a, "1");
    a.rollback();
    EXPECT_EQ(count(a), 0);
}

TEST_F(sql_session_test, an_idle_transaction_of_inserts_does_not_hold_the_writer) {
    client a(*engine_), b(*engine_);
    a.begin();
    insert(a, "1");
    insert(b, "2");  // would wait for ever if `a` held the writer
    EXPECT_EQ(count(b), 1);
    ASSERT_TRUE(a.commit());
    EXPECT_EQ(count(b), 2);
}

TEST_F(sql_session_test, an_update_takes_the_writer_and_sees_what_was_kept) {
    client a(*engine_), b(*engine_);
    a.begin();
    insert(a, "1");
    ASSERT_TRUE(a.run("update history set n = 7 where id = '1'"));
    EXPECT_EQ(a.affected, 1);
    auto seen = a.run("select n from history where id = '1'");
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->at(0).at(0), value(std::int64_t{7}));
    EXPECT_EQ(count(b), 0);
    ASSERT_TRUE(a.commit());
    EXPECT_EQ(count(b), 1);
}

TEST_F(sql_session_test, another_write_waits_for_the_writer_to_come_back) {
    client a(*engine_), b(*engine_);
    insert(a, "1");
    a.begin();
    ASSERT_TRUE(a.run("update history set n = 1"));
    std::promise<void> started;
    auto waiting = std::async(std::launch::async, [&] {
        started.set_value();
        return static_cast<bool>(b.run("update history set n = n + 10"));
    });
    started.get_future().wait();
    ASSERT_TRUE(a.commit());
    EXPECT_TRUE(waiting.get());
    auto seen = a.run("select n from history");
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->at(0).at(0), value(std::int64_t{11}));
}

TEST_F(sql_session_test, a_duplicate_of_a_committed_row_fails_at_once) {
    client a(*engine_);
    insert(a, "1");
    a.begin();
    const auto again = a.run("insert into history(id) values ('1')");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().sqlstate, "23505");
    EXPECT_EQ(again.error().constraint_name, "history_pkey");
    EXPECT_EQ(again.error().detail, "Key (id)=(1) already exists.");
}

TEST_F(sql_session_test, a_duplicate_of_a_kept_row_fails_at_once) {
    client a(*engine_);
    a.begin();
    insert(a, "1");
    const auto again = a.run("insert into history(id) values ('1')");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().sqlstate, "23505");
}

TEST_F(sql_session_test, a_duplicate_that_only_a_race_makes_fails_at_commit) {
    client a(*engine_), b(*engine_);
    a.begin();
    insert(a, "1");
    insert(a, "2");
    insert(b, "1");
    const auto committed = a.commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().sqlstate, "23505");
    EXPECT_EQ(count(b), 1);  // nothing of a's transaction
}

TEST_F(sql_session_test, returning_comes_from_the_evaluated_row) {
    client a(*engine_);
    a.begin();
    auto first = a.run("insert into history(id) values ('1') returning created_at, id");
    auto second = a.run("insert into history(id) values ('2') returning created_at, n is null");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->at(0).at(1), value(std::string("1")));
    EXPECT_EQ(second->at(0).at(1), value(std::int64_t{1}));
    EXPECT_EQ(first->at(0).at(0), second->at(0).at(0));  // now() is the transaction's
    ASSERT_TRUE(a.commit());
    auto stored = a.run("select distinct created_at from history");
    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->size(), 1U);
    EXPECT_EQ(stored->at(0).at(0), first->at(0).at(0));
}

TEST_F(sql_session_test, rolling_back_to_a_savepoint_drops_the_kept_rows_after_it) {
    client a(*engine_);
    a.begin();
    insert(a, "1");
    ASSERT_TRUE(run_to_end(a.io(), a.session().savepoint()));
    insert(a, "2");
    ASSERT_TRUE(run_to_end(a.io(), a.session().rollback_to(1)));
    insert(a, "2");  // its key is free again
    insert(a, "3");
    ASSERT_TRUE(a.commit());
    EXPECT_EQ(count(a), 3);
}

TEST_F(sql_session_test, savepoints_set_before_the_writer_was_taken_still_work) {
    client a(*engine_);
    a.begin();
    insert(a, "1");
    ASSERT_TRUE(run_to_end(a.io(), a.session().savepoint()));
    insert(a, "2");
    ASSERT_TRUE(a.run("update history set n = 1"));
    EXPECT_EQ(a.affected, 2);
    ASSERT_TRUE(run_to_end(a.io(), a.session().rollback_to(1)));
    EXPECT_EQ(count(a), 1);
    ASSERT_TRUE(a.commit());
    auto seen = a.run("select n from history");
    ASSERT_TRUE(seen);
    EXPECT_TRUE(is_null(seen->at(0).at(0)));
}

TEST_F(sql_session_test, repeatable_read_sees_one_snapshot) {
    client a(*engine_), b(*engine_);
    insert(b, "1");
    a.begin("repeatable read");
    EXPECT_EQ(count(a), 1);
    insert(b, "2");
    EXPECT_EQ(count(a), 1);
    ASSERT_TRUE(a.commit());
    EXPECT_EQ(count(a), 2);
}

TEST_F(sql_session_test, read_committed_sees_the_newest_commit_in_each_statement) {
    client a(*engine_), b(*engine_);
    a.begin();
    EXPECT_EQ(count(a), 0);
    insert(b, "1");
    EXPECT_EQ(count(a), 1);
}

TEST_F(sql_session_test, a_snapshot_that_was_overtaken_may_not_update_40001) {
    client a(*engine_), b(*engine_);
    insert(b, "1");
    a.begin("repeatable read");
    EXPECT_EQ(count(a), 1);
    insert(b, "2");
    const auto update = a.run("update history set n = 1");
    ASSERT_FALSE(update);
    EXPECT_EQ(update.error().sqlstate, "40001");
}

TEST_F(sql_session_test, ddl_of_another_session_is_followed) {
    client a(*engine_), b(*engine_);
    insert(a, "1");
    ASSERT_TRUE(a.run("select * from history"));
    ASSERT_TRUE(b.run("alter table history add column extra text default 'x'"));
    auto seen = a.run("select * from history");
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->at(0).size(), 5U);
    EXPECT_EQ(seen->at(0).at(4), value(std::string("x")));
}

TEST_F(sql_session_test, a_kept_row_meets_ddl_of_another_session_with_40001) {
    client a(*engine_), b(*engine_);
    a.begin();
    insert(a, "1");
    ASSERT_TRUE(b.run("alter table history add column extra text"));
    const auto committed = a.commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().sqlstate, "40001");
}

TEST_F(sql_session_test, a_transaction_sees_its_own_ddl_and_can_undo_it) {
    client a(*engine_), b(*engine_);
    a.begin();
    ASSERT_TRUE(a.run("create table scratch (x int)"));
    ASSERT_TRUE(a.run("insert into scratch values (1)"));
    EXPECT_TRUE(a.run("select x from scratch"));
    EXPECT_FALSE(b.run("select x from scratch"));
    a.rollback();
    const auto gone = a.run("select x from scratch");
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().sqlstate, "42P01");
}

TEST_F(sql_session_test, a_null_where_none_is_wanted_is_23502_before_anything_is_kept) {
    client a(*engine_);
    a.begin();
    const auto failed = a.run("insert into history(memory_id) values ('m')");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, "23502");
    EXPECT_EQ(failed.error().column_name, "id");
    ASSERT_TRUE(a.commit());
    EXPECT_EQ(count(a), 0);
}

TEST_F(sql_session_test, serial_values_are_never_given_twice_over_a_restart) {
    {
        client a(*engine_);
        ASSERT_TRUE(a.run("create table numbered (id serial primary key, x text)"));
        ASSERT_TRUE(a.run("insert into numbered(x) values ('a'), ('b')"));
        ASSERT_TRUE(a.run("select nextval('numbered_id_seq')"));
    }
    engine_.reset();
    open();
    client a(*engine_);
    auto next = a.run("insert into numbered(x) values ('c') returning id");
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->at(0).at(0), value(std::int64_t{4}));
}

TEST_F(sql_session_test, a_read_only_transaction_refuses_writes_25006) {
    client a(*engine_);
    a.begin();
    ASSERT_TRUE(a.session().settings().set("transaction_read_only", "on", true));
    const auto refused = a.run("insert into history(id) values ('1')");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sqlstate, "25006");
    EXPECT_EQ(refused.error().message, "cannot execute INSERT in a read-only transaction");
}

TEST_F(sql_session_test, what_others_wait_for_goes_with_a_session_that_never_ended) {
    {
        client a(*engine_, 1);
        ASSERT_TRUE(a.run("select pg_advisory_lock(5), pg_advisory_lock(5)"));
        ASSERT_TRUE(a.session().listen("news", [] {}));
        EXPECT_EQ(engine_->notifications().channels(1), std::vector<std::string>{"news"});
    }
    client b(*engine_, 2);
    const auto locked = b.run("select pg_try_advisory_lock(5)");
    ASSERT_TRUE(locked);
    EXPECT_EQ(locked->at(0).at(0), value(std::int64_t{1}));
    EXPECT_TRUE(engine_->notifications().channels(1).empty());
}

TEST_F(sql_session_test, texts_of_one_shape_are_translated_once) {
    client a(*engine_);
    auto& session = a.session();
    const auto text = [](int n) {
        return "insert into history (id, n) values ('" + std::to_string(n) + "', " +
               std::to_string(n) + ")";
    };
    session.start_command();
    for (int n = 0; n < 2; ++n) {
        EXPECT_FALSE(session.lift(text(n)));
        session.learn((*session.parse(text(n)))->front().raw);
    }
    auto first = session.lift(text(7)), second = session.lift(text(8));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->statement.plan, second->statement.plan);
    EXPECT_EQ(second->parameters, (std::vector<value>{"8", std::int64_t{8}}));
    EXPECT_FALSE(
        session.lift("insert into history (id, n) values ('9', 'x')"));  // the parser's error
}

}  // namespace
}  // namespace historyd::testing
