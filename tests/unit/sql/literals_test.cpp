#include "storage/sql/literals.hpp"

#include <gtest/gtest.h>

namespace historyd::sql {
namespace {

std::vector<std::string> texts(const std::optional<query_shape>& shape) {
    std::vector<std::string> out;
    for (const auto& l : shape->literals) out.push_back(l.text);
    return out;
}

using strings = std::vector<std::string>;

TEST(FindShape, TakesConstantsOut) {
    const auto a = find_shape("INSERT INTO t1 (a, b2) VALUES ('it''s', 42)");
    ASSERT_TRUE(a);
    EXPECT_EQ(texts(a), (strings{"it's", "42"}));
    const auto b = find_shape("INSERT INTO t1 (a, b2) VALUES ('', 7)");
    EXPECT_EQ(a->key, b->key);
    EXPECT_EQ(a->literals[0].begin, 31u);
    EXPECT_EQ(a->literals[0].end, 38u);
}

TEST(FindShape, TextsAndNumbersAreDifferentShapes) {
    EXPECT_NE(find_shape("SELECT '1'")->key, find_shape("SELECT 1")->key);
}

TEST(FindShape, WhatIsNoPlainConstantStaysInTheKey) {
    const auto shape =
        find_shape("SELECT a1, \"b'1\"\"2\", 1.5, .25, 1e3, 12345678901, x_9 FROM t WHERE c = 3");
    ASSERT_TRUE(shape);
    EXPECT_EQ(texts(shape), (strings{"3"}));
}

TEST(FindShape, LeavesWhatItDoesNotReadToTheParser) {
    for (const auto* query :
         {"SELECT E'a\\n'", "SELECT U&'a'", "SELECT B'1'", "SELECT x'1f'", "SELECT $$a$$",
          "SELECT $1, 'a'", "SELECT 'a' -- b", "SELECT /* b */ 'a'", "SELECT 1; SELECT 2",
          "SELECT 'a'\n'b'", "SELECT 'open", "SELECT \"open", "SELECT a"}) {
        EXPECT_FALSE(find_shape(query)) << query;
    }
    EXPECT_TRUE(find_shape("SELECT 1 ; "));
    EXPECT_FALSE(find_shape(std::string_view("SELECT '1'\0", 11)));
}

std::vector<std::string> places(std::string_view query) {
    const auto parsed = parse(query);
    std::vector<std::string> out;
    for (const auto at : parameter_places(parsed->at(0))) {
        out.emplace_back(query.substr(at, query.find_first_of(",) ", at) - at));
    }
    return out;
}

TEST(ParameterPlaces, ValuesAndComparisonsWithColumns) {
    EXPECT_EQ(places("INSERT INTO t VALUES ('a', 5, '2026-01-01'::date, now(), NULL), ('b', 6, "
                     "'c', 1 + 2, true)"),
              (strings{"'a'", "5", "'2026-01-01'::date", "'b'", "6", "'c'"}));
    EXPECT_EQ(places("UPDATE t SET a = 'x', b = b + 1 WHERE c = 'y' AND (d > 3 OR NOT 4 = e) AND f "
                     "LIKE 'z'"),
              (strings{"'x'", "'y'", "3", "4"}));
    EXPECT_EQ(places("DELETE FROM t WHERE a <> 'x'"), (strings{"'x'"}));
}

TEST(ParameterPlaces, NothingWhereAConstantMeansSomethingElse) {
    EXPECT_EQ(places("SELECT 1, 'a' FROM t WHERE b = 2 GROUP BY 1 ORDER BY 2 LIMIT 3"),
              (strings{"2"}));
    EXPECT_EQ(places("INSERT INTO t VALUES (1::int2, -5)"), strings{"-5"});
    EXPECT_EQ(places("CREATE TABLE t (a varchar(10) DEFAULT 'x')"), strings{});
    EXPECT_EQ(places("INSERT INTO t SELECT 'a' FROM u WHERE a = 'b'"), strings{});
}

}  // namespace
}  // namespace historyd::sql
