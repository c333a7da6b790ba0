#include "storage/sqlite/database.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "storage/base/value_rows.hpp"
#include "temporary_directory.hpp"

namespace historyd::sqlite {
namespace {

class Database : public ::testing::Test {
protected:
    std::unique_ptr<database> open(std::vector<database::extension> extensions = {}) {
        auto db = database::open(dir_.file("test.db"), open_mode::read_write_create, extensions);
        EXPECT_TRUE(db) << db.error().message;
        return std::move(*db);
    }
    std::vector<std::vector<value>> rows(database& db, const std::string& sql,
                                         std::vector<value> parameters = {}) {
        value_rows out;
        const auto done = db.execute(sql, parameters, &out);
        EXPECT_TRUE(done) << done.error().message;
        return out.rows;
    }
    const std::string endless_ =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    temporary_directory dir_;
};

TEST_F(Database, ValuesOfEveryClassComeBack) {
    const auto db = open();
    const std::vector<value> in{std::monostate{},
                                std::int64_t{INT64_MIN},
                                1.5,
                                std::string("a\0b", 3),
                                blob{std::string("\0\xff", 2)},
                                std::string(),
                                blob{}};
    const auto out = rows(*db, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7", in);
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(out[0], in);
}

TEST_F(Database, MissingParametersAreNullAndSurplusOnesIgnored) {
    const auto db = open();
    EXPECT_EQ(rows(*db, "SELECT ?1, ?2", {std::int64_t{1}})[0],
              (std::vector<value>{std::int64_t{1}, std::monostate{}}));
    EXPECT_EQ(rows(*db, "SELECT ?1", {std::int64_t{1}, std::int64_t{2}})[0],
              (std::vector<value>{std::int64_t{1}}));
}

TEST_F(Database, CountsRowsReadAndRowsChanged) {
    const auto db = open();
    ASSERT_TRUE(db->run("CREATE TABLE t(a)"));
    EXPECT_EQ(*db->execute("INSERT INTO t VALUES (1), (2), (3)", {}, nullptr), 3);
    EXPECT_EQ(*db->execute("UPDATE t SET a = 0 WHERE a > 1", {}, nullptr), 2);
    EXPECT_EQ(*db->execute("SELECT * FROM t", {}, nullptr), 3);
    value_rows returned;
    EXPECT_EQ(*db->execute("DELETE FROM t RETURNING a", {}, &returned), 3);
    EXPECT_EQ(returned.rows.size(), 3u);
}

TEST_F(Database, StatementsAreReusedAndUnbound) {
    const auto db = open();
    sqlite3_stmt* first = nullptr;
    {
        auto s = db->prepare("SELECT ?1");
        ASSERT_TRUE(s);
        const std::vector<value> one{std::int64_t{1}};
        ASSERT_TRUE(s->bind(one));
        ASSERT_TRUE(*s->step());
        first = sqlite3_next_stmt(db->handle(), nullptr);
    }
    auto again = db->prepare("SELECT ?1");
    ASSERT_TRUE(again);
    EXPECT_EQ(sqlite3_next_stmt(db->handle(), nullptr), first);
    EXPECT_EQ(sqlite3_next_stmt(db->handle(), first), nullptr);
    ASSERT_TRUE(*again->step());
    EXPECT_TRUE(is_null(again->row()[0]));
}

TEST_F(Database, OneTextCanRunTwiceAtOnce) {
    const auto db = open();
    const std::string sql = "SELECT 1 UNION ALL SELECT 2";
    auto a = db->prepare(sql);
    auto b = db->prepare(sql);
    ASSERT_TRUE(*a->step());
    ASSERT_TRUE(*b->step());
    ASSERT_TRUE(*b->step());
    EXPECT_EQ(std::get<std::int64_t>(a->row()[0]), 1);
    EXPECT_EQ(std::get<std::int64_t>(b->row()[0]), 2);
}

TEST_F(Database, TheCacheIsBounded) {
    const auto db = open();
    for (int i = 0; i < 2000; ++i) {
        ASSERT_TRUE(db->execute("SELECT " + std::to_string(i), {}, nullptr));
    }
    int prepared = 0;
    for (auto* s = sqlite3_next_stmt(db->handle(), nullptr); s != nullptr;
         s = sqlite3_next_stmt(db->handle(), s)) {
        ++prepared;
    }
    EXPECT_LE(prepared, 512);
}

TEST_F(Database, SecondStatementInATextIsRefused) {
    const auto db = open();
    EXPECT_EQ(db->execute("SELECT 1; SELECT 2", {}, nullptr).error().sqlstate,
              sqlstate::internal_error);
    EXPECT_FALSE(db->execute("", {}, nullptr));
}

TEST_F(Database, DoubleQuotedTextIsNoString) {
    const auto db = open();
    EXPECT_TRUE(is_schema_mismatch(db->execute("SELECT \"x\"", {}, nullptr).error()));
}

TEST_F(Database, FunctionErrorsComeOutUnchanged) {
    const auto fail = [](sqlite3_context* c, int, sqlite3_value**) {
        sql_error e(sqlstate::division_by_zero, "division by zero");
        e.detail = "detail";
        EXPECT_NE(database_of(c).handle(), nullptr);
        set_function_error(c, e);
    };
    const auto db = open({[&](database& d) -> result<void> {
        sqlite3_create_function_v2(d.handle(), "fail", 0, SQLITE_UTF8, &d, fail, nullptr, nullptr,
                                   nullptr);
        return {};
    }});
    const auto done = db->execute("SELECT fail()", {}, nullptr);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::division_by_zero);
    EXPECT_EQ(done.error().message, "division by zero");
    EXPECT_EQ(done.error().detail, "detail");
}

TEST_F(Database, FailingExtensionFailsOpen) {
    const std::vector<database::extension> extensions{
        [](database&) -> result<void> { return sql_error("XX000", "no"); }};
    const auto db = database::open(dir_.file("test.db"), open_mode::read_write_create, extensions);
    ASSERT_FALSE(db);
    EXPECT_EQ(db.error().message, "no");
}

TEST_F(Database, CancelEndsARunningStatement) {
    const auto db = open();
    statement_context context;
    db->set_context(&context);
    std::thread canceller([&] { context.cancelled->store(true); });
    const auto done = db->execute(endless_, {}, nullptr);
    canceller.join();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::query_canceled);
    EXPECT_EQ(done.error().message, "canceling statement due to user request");
}

TEST_F(Database, DeadlineEndsARunningStatement) {
    const auto db = open();
    statement_context context;
    context.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    db->set_context(&context);
    const auto done = db->execute(endless_, {}, nullptr);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::query_canceled);
    EXPECT_EQ(done.error().message, "canceling statement due to statement timeout");
}

TEST_F(Database, ReadOnlyConnectionRefusesToWrite) {
    ASSERT_TRUE(open()->run("CREATE TABLE t(a)"));
    const auto db = database::open(dir_.file("test.db"), open_mode::read_only, {});
    ASSERT_TRUE(db);
    EXPECT_EQ((*db)->execute("INSERT INTO t VALUES (1)", {}, nullptr).error().sqlstate,
              sqlstate::read_only_sql_transaction);
}

TEST_F(Database, AFileThatIsNoDatabase) {
    std::ofstream(dir_.file("test.db")) << std::string(4096, 'x');
    const auto db = database::open(dir_.file("test.db"), open_mode::read_write_create, {});
    ASSERT_FALSE(db);
    EXPECT_EQ(db.error().sqlstate, sqlstate::data_corrupted);
    EXPECT_EQ(db.error().message, "the file is not a SQLite database");
}

TEST_F(Database, ANewFileHasSmallPagesAndAnotherProgramsItsOwn) {
    using page_sizes = std::vector<std::vector<value>>;
    auto db = open();
    ASSERT_TRUE(db->run("PRAGMA journal_mode=WAL; CREATE TABLE t(a)"));
    EXPECT_EQ(rows(*db, "PRAGMA page_size"), (page_sizes{{std::int64_t{2048}}}));
    db.reset();
    EXPECT_EQ(std::filesystem::file_size(dir_.file("test.db")), 2 * 2048u);

    std::filesystem::remove(dir_.file("test.db"));
    ASSERT_TRUE(open()->run("PRAGMA page_size=8192; CREATE TABLE t(a)"));
    db = open();
    ASSERT_TRUE(db->run("PRAGMA journal_mode=WAL; CREATE TABLE u(a); VACUUM"));
    EXPECT_EQ(rows(*db, "PRAGMA page_size"), (page_sizes{{std::int64_t{8192}}}));
}

TEST_F(Database, ASinkCanStopAStatement) {
    const auto db = open();
    value_rows small(1);
    const auto done = db->execute("SELECT 1", {}, &small);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().sqlstate, sqlstate::program_limit_exceeded);
}

}  // namespace
}  // namespace historyd::sqlite
