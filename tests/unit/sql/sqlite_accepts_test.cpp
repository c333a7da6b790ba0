#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <fstream>
#include <memory>

#include "storage/sql/function_map.hpp"
#include "tests/unit/sql/test_schema.hpp"

// Every statement of describe.tsv that translates is text SQLite takes. The registered functions,
// collations and table functions are stood in for by name, so only the SQL itself is judged.

namespace historyd::sql {
namespace {

struct closer {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using connection = std::unique_ptr<sqlite3, closer>;

void null_result(sqlite3_context* c, int, sqlite3_value**) { sqlite3_result_null(c); }
void null_step(sqlite3_context*, int, sqlite3_value**) {}
void null_final(sqlite3_context* c) { sqlite3_result_null(c); }
int by_bytes(void*, int n, const void* a, int m, const void* b) {
    const auto order = std::memcmp(a, b, static_cast<std::size_t>(std::min(n, m)));
    return order != 0 ? order : n - m;
}

// The names of aggregates in the function map: they are registered as such.
bool is_aggregate(const std::string& name) {
    if (name == "pg_single" || name.ends_with("_ordered")) return true;
    for (const auto& entry : functions()) {
        if (entry.kind != function_kind::aggregate) continue;
        if (entry.sqlite.substr(0, entry.sqlite.find('(')) == name) return true;
    }
    return false;
}

// A name quoted or at the end of SQLite's message: "no such function: pg_now".
std::string name_in(const std::string& message) { return message.substr(message.rfind(' ') + 1); }

connection open() {
    sqlite3* raw = nullptr;
    EXPECT_EQ(sqlite3_open(":memory:", &raw), SQLITE_OK);
    connection db(raw);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    EXPECT_EQ(sqlite3_exec(raw, testing::test_schema_sqlite().c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK);
    return db;
}

bool stand_in(sqlite3* db, const std::string& message) {
    const auto name = name_in(message);
    if (message.starts_with("no such function")) {
        if (is_aggregate(name)) {
            return sqlite3_create_window_function(db, name.c_str(), -1, SQLITE_UTF8, nullptr,
                                                  null_step, null_final, null_final, null_step,
                                                  nullptr) == SQLITE_OK;
        }
        return sqlite3_create_function(db, name.c_str(), -1, SQLITE_UTF8, nullptr, null_result,
                                       nullptr, nullptr) == SQLITE_OK;
    }
    if (message.starts_with("no such collation")) {
        return sqlite3_create_collation(db, name.c_str(), SQLITE_UTF8, nullptr, by_bytes) ==
               SQLITE_OK;
    }
    return false;
}

std::string refusal(sqlite3* db, const std::string& sql) {
    for (int tries = 0; tries < 50; ++tries) {
        sqlite3_stmt* statement = nullptr;
        const auto code = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr);
        sqlite3_finalize(statement);
        if (code == SQLITE_OK) return {};
        const std::string message = sqlite3_errmsg(db);
        // Table functions are virtual tables: not to be had here.
        if (message.starts_with("no such table: pg_")) return {};
        if (message.ends_with("is not a function")) return {};
        if (!stand_in(db, message)) return message;
    }
    return "too many functions";
}

TEST(sqlite_accepts, all_that_is_translated) {
    const auto db = open();
    std::ifstream lines(std::string(HISTORYD_TEST_DATA) + "/describe.tsv");
    std::string sql, expected;
    int accepted = 0;
    while (std::getline(lines, sql) && std::getline(lines, expected)) {
        const auto plan = testing::translate_text(sql);
        if (!plan) continue;
        EXPECT_EQ(refusal(db.get(), (*plan)->sql), "") << sql << "\n" << (*plan)->sql;
        ++accepted;
    }
    EXPECT_GT(accepted, 300);
}

std::string explained(sqlite3* db, const std::string& sql) {
    std::string out;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(
        sqlite3_prepare_v2(db, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr),
        SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(db);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        out += reinterpret_cast<const char*>(sqlite3_column_text(statement, 3));
        out += '\n';
    }
    sqlite3_finalize(statement);
    return out;
}

TEST(sqlite_accepts, indexes_serve_what_they_serve_in_postgresql) {
    const auto db = open();
    struct sample {
        const char *sql, *search;
    };
    for (const auto& [sql, search] :
         {sample{"select * from history where memory_id = $1", "history_memory (memory_id=?)"},
          sample{"select * from history where memory_id = $1 order by created_at, updated_at",
                 "history_memory (memory_id=?)"},
          sample{"select * from history where memory_id in ('a', 'b')",
                 "history_memory (memory_id=?)"},
          sample{"select * from history where memory_id > 'a' and memory_id < $1",
                 "history_memory (memory_id>? AND memory_id<?)"},
          sample{"select * from history where memory_id between 'a' and 'b'",
                 "history_memory (memory_id>? AND memory_id<?)"},
          sample{"select * from book where id = 5", "(rowid=?)"},
          sample{"select * from book where id = $1::bigint", "(rowid=?)"},
          sample{"select b.title from author a join book b on b.id = a.id", "(rowid=?)"},
          sample{"delete from history where memory_id = 'a'", "history_memory (memory_id=?)"}}) {
        const auto plan = testing::translate_text(sql);
        ASSERT_TRUE(plan) << sql << ": " << plan.error().message;
        EXPECT_NE(explained(db.get(), (*plan)->sql).find(search), std::string::npos)
            << sql << "\n"
            << (*plan)->sql << "\n"
            << explained(db.get(), (*plan)->sql);
    }
}

}  // namespace
}  // namespace historyd::sql
