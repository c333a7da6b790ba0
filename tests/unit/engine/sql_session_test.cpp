// Where statements run and what a transaction sees: each rule of storage/DESIGN.md, "Interactive
// transactions", on a real file with several sessions.

#include "storage/sql_session.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <future>

#include "storage/base/random_uuid.hpp"
#include "storage/base/value_rows.hpp"

namespace historyd {
namespace {

using rows = std::vector<std::vector<value>>;

// Runs one coroutine to its end on the calling thread.
template <class T>
T run_to_end(asio::io_context& io, asio::awaitable<T> work) {
    std::optional<T> out;
    auto body = [&]() -> asio::awaitable<void> { out = co_await std::move(work); };
    asio::co_spawn(io, body, [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
    io.restart();
    io.run();
    return std::move(*out);
}

// One client with a thread of its own to run on: the test's.
class client {
public:
    explicit client(engine& e)
        : session_(e, {.user = "mem0", .database = "mem0", .client_address = {}}) {}
    ~client() {
        auto ended = [this]() -> asio::awaitable<bool> {
            co_await session_.rollback();
            co_return true;
        };
        run_to_end<bool>(io_, ended());
    }

    result<rows> run(const std::string& text, std::vector<value> parameters = {}) {
        session_.start_command();
        auto parsed = session_.parse(text);
        if (!parsed) return parsed.error();
        prepared_statement statement;
        statement.raw = (*parsed)->front().raw;
        statement.kind = (*parsed)->front().kind;
        if (auto ready = session_.prepare(statement); !ready) return ready.error();
        value_rows sink;
        auto done =
            run_to_end(io_, session_.execute(statement, std::move(parameters), sink, {},
                                             session_.in_transaction() ? run_mode::in_transaction
                                                                       : run_mode::autocommit));
        if (!done) return done.error();
        affected = done->affected;
        return std::move(sink.rows);
    }

    // Puts a statement of the open transaction off. Returns: whether it could be.
    bool defer(const std::string& text, row_sink& sink) {
        session_.start_command();
        auto parsed = session_.parse(text);
        prepared_statement statement;
        statement.raw = (*parsed)->front().raw;
        statement.kind = (*parsed)->front().kind;
        if (!session_.prepare(statement) || !session_.can_defer(statement)) return false;
        return session_.defer(statement, {}, sink).has_value();
    }
    deferred_outcome commit_deferred() { return run_to_end(io_, session_.commit_deferred()); }

    void begin(const std::string& isolation = "read committed") {
        session_.start_command();
        session_.begin();
        ASSERT_TRUE(session_.settings().set("transaction_isolation", isolation, true));
    }
    result<void> commit() { return run_to_end(io_, session_.commit()); }
    void rollback() {
        auto ended = [this]() -> asio::awaitable<bool> {
            co_await session_.rollback();
            co_return true;
        };
        run_to_end<bool>(io_, ended());
    }
    sql_session& session() { return session_; }
    asio::io_context& io() { return io_; }

    std::int64_t affected = 0;

private:
    asio::io_context io_;
    sql_session session_;
};

class sql_session_test : public ::testing::Test {
protected:
    void SetUp() override {
        directory_ = std::filesystem::temp_directory_path() / ("historyd-" + random_uuid());
        std::filesystem::create_directory(directory_);
        open();
        client c(*engine_);
        ASSERT_TRUE(
            c.run("create table history (id text primary key, memory_id text, n int, "
                  "created_at timestamptz default now())"));
    }
    void TearDown() override {
        engine_.reset();
        std::filesystem::remove_all(directory_);
    }

    void open() {
        engine_options options;
        options.storage = directory_ / "history.db";
        engine_ = std::make_unique<engine>(std::move(options));
    }
    std::int64_t count(client& c) {
        auto r = c.run("select count(*) from history");
        return r ? std::get<std::int64_t>(r->at(0).at(0)) : -1;
    }
    static void insert(client& c, const std::string& id) {
        auto done = c.run("insert into history(id, memory_id) values ($1, 'm')", {id});
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_EQ(c.affected, 1);
    }

    std::filesystem::path directory_;
    std::unique_ptr<engine> engine_;
};

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

// A lease would be a COMMIT of its own for each of the two; as units they share one.
TEST_F(sql_session_test, a_deferred_transaction_is_one_unit_of_the_writer) {
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

TEST_F(sql_session_test, a_deferred_statement_that_fails_is_named_and_undoes_all) {
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

TEST_F(sql_session_test, deferred_inserts_need_no_look_at_the_table_and_no_lease) {
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

TEST_F(sql_session_test, a_deferred_insert_that_fails_is_named_and_gives_its_rows_back) {
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
TEST_F(sql_session_test, what_reads_something_else_than_deferred_inserts_is_not_deferred) {
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

TEST_F(sql_session_test, deferred_statements_follow_ddl_of_another_session) {
    client a(*engine_), b(*engine_);
    insert(a, "1");
    value_rows sink;
    a.begin();
    EXPECT_TRUE(a.defer("update history set n = 5", sink));
    ASSERT_TRUE(b.run("alter table history add column extra text"));
    EXPECT_FALSE(a.commit_deferred().failure);
    EXPECT_EQ(*b.run("select n from history"), (rows{{std::int64_t{5}}}));
}

TEST_F(sql_session_test, what_changes_the_reading_of_later_messages_is_not_deferred) {
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
        session.learn(text(n), (*session.parse(text(n)))->front().raw);
    }
    auto first = session.lift(text(7)), second = session.lift(text(8));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->statement.plan, second->statement.plan);
    EXPECT_EQ(second->parameters, (std::vector<value>{"8", std::int64_t{8}}));
    EXPECT_FALSE(
        session.lift("insert into history (id, n) values ('9', 'x')"));  // the parser's error
}

}  // namespace
}  // namespace historyd
