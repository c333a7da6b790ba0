#include <gtest/gtest.h>

#include "tests/unit/functions/connection_fixture.hpp"

// name_ordered(spec, arguments, sort keys): ORDER BY and DISTINCT inside aggregates, WITHIN GROUP.
// Expected values are PostgreSQL's for the aggregate each stands for.

namespace historyd::test {
namespace {

struct ordered_case {
    const char* sql;
    const char* expected;
};

class ordered_aggregates : public testing::TestWithParam<ordered_case> {
protected:
    connection_fixture connection;
};

TEST_P(ordered_aggregates, answer_as_postgresql_does) {
    EXPECT_EQ(connection.text(GetParam().sql), GetParam().expected);
}

constexpr ordered_case sorting[] = {
    // string_agg(x, ',' ORDER BY x DESC)
    {"SELECT pg_string_agg_ordered('df', column1, ',', column1) FROM (VALUES ('a'), ('c'), ('b'))",
     "c,b,a"},
    // string_agg(x, ',' ORDER BY y, x)
    {"SELECT pg_string_agg_ordered('al;al', column1, ',', column2, column1) "
     "FROM (VALUES ('b', 2), ('z', 1), ('a', 2))",
     "z,a,b"},
    // string_agg(DISTINCT x, ',' ORDER BY x)
    {"SELECT pg_string_agg_ordered('D;al', column1, ',', column1) "
     "FROM (VALUES ('b'), ('a'), ('b'))",
     "a,b"},
    // string_agg(DISTINCT x, ',')
    {"SELECT pg_string_agg_ordered('D;', column1, ',') FROM (VALUES ('b'), ('a'), ('b'))", "a,b"},
    // array_agg(x ORDER BY x NULLS FIRST)
    {"SELECT pg_array_agg_ordered('af', column1, 23, column1) FROM (VALUES (2), (NULL), (1))",
     "{NULL,1,2}"},
    // array_agg(x ORDER BY x DESC NULLS LAST)
    {"SELECT pg_array_agg_ordered('dl', column1, 23, column1) FROM (VALUES (2), (NULL), (1))",
     "{2,1,NULL}"},
    // array_agg(x ORDER BY x) of numerics, which do not sort as text
    {"SELECT pg_array_agg_ordered('al:pg_numeric', column1, 1700, column1) "
     "FROM (VALUES ('10'), ('9.5'), ('-1'))",
     "{-1,9.5,10}"},
    // array_agg(DISTINCT x ORDER BY x): 1.0 and 1.00 are one
    {"SELECT pg_array_agg_ordered('D;al:pg_numeric', column1, 1700, column1) "
     "FROM (VALUES ('1.0'), ('2'), ('1.00'))",
     "{1.0,2}"},
    // Equal keys keep the order of the rows.
    {"SELECT pg_string_agg_ordered('al', column1, ',', column2) "
     "FROM (VALUES ('x', 1), ('y', 0), ('z', 1))",
     "y,x,z"},
    // json_agg(x ORDER BY x DESC)
    {"SELECT pg_json_agg_ordered('df', column1, 23, column1) FROM (VALUES (1), (3), (2))",
     "[3, 2, 1]"},
    // jsonb_object_agg(k, v ORDER BY v): the last value of a key stays
    {"SELECT pg_jsonb_object_agg_ordered('al', 'k', 25, column1, 23, column1) "
     "FROM (VALUES (2), (3), (1))",
     R"({"k": 3})"},
    // Over no rows
    {"SELECT pg_string_agg_ordered('al', 'a', ',', 'a') FROM (VALUES (1)) WHERE 0", "NULL"},
    // bpchar: trailing blanks do not count
    {"SELECT pg_array_agg_ordered('D;al:rtrim', column1, 1042, column1) "
     "FROM (VALUES ('b '), ('a'), ('a '))",
     "{a,\"b \"}"},
};

constexpr ordered_case within_group[] = {
    {"SELECT pg_mode_ordered('al', column1) FROM (VALUES (1), (2), (2), (3), (3))", "2"},
    {"SELECT pg_mode_ordered('df', column1) FROM (VALUES (1), (2), (2), (3), (3))", "3"},
    {"SELECT pg_percentile_disc_ordered('al', 0.5, column1) FROM (VALUES (1), (2), (7), (3))", "2"},
    {"SELECT pg_percentile_disc_ordered('al', 0.0, column1) FROM (VALUES (1), (2))", "1"},
    {"SELECT pg_percentile_cont_ordered('al', 0.25, column1) FROM (VALUES (1), (2), (7), (3))",
     "1.750000"},
    {"SELECT pg_percentile_cont_ordered('al', 2.0, column1) FROM (VALUES (1), (2))",
     "22003 percentile value 2 is not between 0 and 1"},
    {"SELECT pg_percentile_cont_ordered('al', NULL, column1) FROM (VALUES (1), (2))", "NULL"},
    {"SELECT pg_percentile_cont_ordered('al', 0.5, column1) FROM (VALUES (NULL))", "NULL"},
    {"SELECT pg_percentile_cont_array_ordered('al', '{0.25,0.5,NULL}', column1) "
     "FROM (VALUES (1), (2), (7), (3))",
     "{1.75,2.5,NULL}"},
    {"SELECT pg_percentile_cont_interval_ordered('al:pg_interval', 0.5, column1) "
     "FROM (VALUES ('1 day'), ('2 days 03:00:00'))",
     "1 day 13:30:00"},
};

INSTANTIATE_TEST_SUITE_P(sorting, ordered_aggregates, testing::ValuesIn(sorting));
INSTANTIATE_TEST_SUITE_P(within_group, ordered_aggregates, testing::ValuesIn(within_group));

}  // namespace
}  // namespace historyd::test
