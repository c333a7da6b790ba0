#pragma once

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <forward_list>
#include <future>
#include <mutex>

#include "storage/base/random_uuid.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/sql_session.hpp"

// Several sessions on one real file.

namespace historyd::testing {

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

// It stays until the process ends: a writer that has posted to it may not have left it yet when the
// answer is here.
inline asio::io_context& new_loop() {
    static std::mutex mutex;
    static std::forward_list<asio::io_context> loops;
    const std::lock_guard lock(mutex);
    return loops.emplace_front();
}

// One client with a thread of its own to run on: the test's.
class client {
public:
    explicit client(engine& e, std::int32_t process_id = 0)
        : session_(e, {.user = "mem0",
                       .database = "mem0",
                       .client_address = {},
                       .process_id = process_id}) {}
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
    asio::io_context& io_ = new_loop();
    sql_session session_;
};

class sessions_test : public ::testing::Test {
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

}  // namespace historyd::testing
