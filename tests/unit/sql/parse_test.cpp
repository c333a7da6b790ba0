#include "storage/sql/parse.hpp"
#include "tests/unit/sql/repeated_text.hpp"

#include <gtest/gtest.h>
#include <pg_query/pg_query.pb-c.h>

#include <thread>

namespace historyd::sql {
namespace {

using testing::repeated;

TEST(parse, nothing_for_empty_text) {
    for (const std::string_view text : {"", " ", ";", " ; ;", "-- only a comment"}) {
        const auto parsed = parse(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_TRUE(parsed->empty()) << text;
    }
}

TEST(parse, gives_each_statement_its_text) {
    const auto parsed = parse("select ';';  insert into t values (1) ; commit");
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->size(), 3U);
    EXPECT_EQ((*parsed)[0].text(), "select ';'");
    EXPECT_EQ((*parsed)[1].text(), "insert into t values (1) ");
    EXPECT_EQ((*parsed)[2].text(), "commit");
    EXPECT_EQ((*parsed)[1].node->node_case, PG_QUERY__NODE__NODE_INSERT_STMT);
}

TEST(parse, statements_keep_their_tree_alive) {
    raw_statement kept;
    {
        auto parsed = parse("select 1; select 2");
        ASSERT_TRUE(parsed);
        kept = (*parsed)[1];
    }
    EXPECT_EQ(kept.text(), "select 2");
    EXPECT_EQ(kept.node->select_stmt->target_list[0]->res_target->val->a_const->ival->ival, 2);
}

TEST(parse, negative_integers_arrive) {
    const auto parsed = parse("select -7");
    ASSERT_TRUE(parsed);
    const auto* target = (*parsed)[0].node->select_stmt->target_list[0]->res_target;
    EXPECT_EQ(target->val->a_const->ival->ival, -7);
}

TEST(parse, syntax_errors_are_postgresqls) {
    struct sample {
        std::string_view sql, message;
        int position;
    };
    for (const auto& [sql, message, position] :
         {sample{"selec 1", "syntax error at or near \"selec\"", 1},
          sample{"select 1 from", "syntax error at end of input", 14},
          sample{"select '\xC3\xA9' from t t t", "syntax error at or near \"t\"", 21},
          sample{"select 'abc", "unterminated quoted string at or near \"'abc\"", 8},
          sample{"select \"\"", "zero-length delimited identifier at or near \"\"\"\"", 8}}) {
        const auto parsed = parse(sql);
        ASSERT_FALSE(parsed) << sql;
        EXPECT_EQ(parsed.error().sqlstate, "42601") << sql;
        EXPECT_EQ(parsed.error().message, message);
        EXPECT_EQ(parsed.error().position, position) << sql;
    }
}

TEST(parse, positions_count_characters) {
    const auto parsed = parse("select '\xC3\xA9\xE2\x82\xAC', x");
    ASSERT_TRUE(parsed);
    EXPECT_EQ((*parsed)[0].position(-1), 0);
    EXPECT_EQ((*parsed)[0].position(0), 1);
    EXPECT_EQ((*parsed)[0].position(16), 14);
    EXPECT_EQ((*parsed)[0].position(1'000'000), 15);
}

TEST(parse, refuses_what_is_not_utf8) {
    const auto parsed = parse("select '\xff'");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().sqlstate, "22021");
}

TEST(parse, refuses_deep_nesting_of_every_kind) {
    for (const auto& sql :
         {"select " + repeated("1+", 100'000) + "1", "select " + repeated("not ", 100'000) + "true",
          "select " + repeated("(", 100'000) + "1" + repeated(")", 100'000),
          "select 1" + repeated(" union select 1", 50'000), "select x" + repeated("::text", 50'000),
          "select " + repeated("array[", 50'000) + repeated("]", 50'000),
          "select " + repeated("- ", 3000) + "x", "select 1" + repeated(" + 1", 2000)}) {
        const auto parsed = parse(sql);
        ASSERT_FALSE(parsed) << sql.substr(0, 40);
        EXPECT_EQ(parsed.error().sqlstate, "54001") << sql.substr(0, 40);
    }
}

TEST(parse, takes_long_flat_statements) {
    std::string insert = "insert into t values (0, 'x')";
    for (int i = 1; i < 20'000; ++i) insert += ", (-" + std::to_string(i) + ", 'it''s')";
    EXPECT_TRUE(parse(insert));
    EXPECT_TRUE(parse("select '" + std::string(4 << 20, '(') + "'"));
    EXPECT_TRUE(parse("select 1 where true" + repeated(" and x = 1", 1000)));
}

TEST(parse, runs_on_many_threads) {
    std::vector<std::thread> threads;
    std::atomic<int> failures = 0;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                if (!parse("select * from history where memory_id = $1") || parse("selec"))
                    ++failures;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace historyd::sql
