#include <gtest/gtest.h>

#include "tests/unit/functions/connection_fixture.hpp"

// The functions that translated text calls besides those of the function map.

namespace historyd::test {
namespace {

struct call_case {
    const char* sql;
    const char* expected;
};

class translated_calls : public testing::TestWithParam<call_case> {
protected:
    connection_fixture connection;
};

TEST_P(translated_calls, answer_as_postgresql_does) {
    EXPECT_EQ(connection.text(std::string("SELECT ") + GetParam().sql), GetParam().expected);
}

constexpr call_case casts[] = {
    {"pg_cast(1, 23, 25, -1, 1)", "1"},
    {"pg_cast('1.5', 1700, 23, -1, 1)", "2"},
    {"pg_cast('abcdef', 25, 1043, 7, 1)", "abc"},
    {"pg_cast('abcdef', 25, 1043, 7, 0)", "22001 value too long for type character varying(3)"},
    {"pg_cast('x', 25, 23, -1, 1)", "22P02 invalid input syntax for type integer: \"x\""},
    {"pg_cast(1, 16, 25, -1, 1)", "true"},
    {"pg_cast(NULL, 25, 23, -1, 1)", "NULL"},
    {"pg_cast('2024-02-29 10:00:00.000000+00:00', 1184, 1082, -1, 1)", "2024-02-29"},
};

constexpr call_case foreign[] = {
    {"pg_foreign('2024-02-29T10:00:00.5+02:00', 1184)", "2024-02-29 08:00:00.500000+00:00"},
    {"pg_foreign(12, 25)", "12"},
    {"pg_foreign('plain', 25)", "plain"},
    {"pg_foreign(NULL, 1184)", "NULL"},
};

constexpr call_case arrays[] = {
    {"pg_array_of(23, 1, NULL, 3)", "{1,NULL,3}"},
    {"pg_array_of(25)", "{}"},
    {"pg_array_of(16, 1, 0)", "{t,f}"},
    {"pg_array_of(25, 'a b', '')", "{\"a b\",\"\"}"},
    {"pg_array_of_arrays(23, '{1,2}', '{3,4}')", "{{1,2},{3,4}}"},
    {"pg_array_of_arrays(23, '{}', '{}')", "{}"},
    {"pg_array_of_arrays(23, '{1,2}', '{3}')",
     "2202E multidimensional arrays must have array expressions with matching dimensions"},
    {"pg_array_get(23, '{1,2,3}', 2)", "2"},
    {"pg_array_get(23, '{1,2,3}', 5)", "NULL"},
    {"pg_array_get(23, '{1,2,3}', NULL)", "NULL"},
    {"pg_array_get(23, '{{1,2},{3,4}}', 2, 1)", "3"},
    {"pg_array_get(23, '{{1,2},{3,4}}', 2)", "NULL"},
    {"pg_array_get(23, '[0:1]={5,6}', 0)", "5"},
    {"pg_array_slice(23, '{1,2,3,4}', 2, 3)", "{2,3}"},
    {"pg_array_slice(23, '{1,2,3,4}', 'end', 2)", "{1,2}"},
    {"pg_array_slice(23, '{1,2,3,4}', 3, 'end')", "{3,4}"},
    {"pg_array_slice(23, '{1,2,3,4}', 5, 6)", "{}"},
    {"pg_array_slice(23, '{1,2,3,4}', NULL, 6)", "NULL"},
    {"pg_array_slice(23, '{{1,2},{3,4}}', 1, 1, 2, 2)", "{{2}}"},
    {"pg_array_slice(23, '{{1,2},{3,4}}', 2, 2)", "{{3,4}}"},
    {"pg_array_slice(23, '[0:3]={1,2,3,4}', 1, 2)", "{2,3}"},
};

constexpr call_case queries[] = {
    {"pg_limit(5)", "5"},
    {"pg_limit(NULL)", "-1"},
    {"pg_limit(-1)", "2201W LIMIT must not be negative"},
    {"pg_offset(NULL)", "0"},
    {"pg_offset(-1)", "2201X OFFSET must not be negative"},
    {"pg_single(column1) FROM (VALUES (7))", "7"},
    {"pg_single(1) WHERE 0", "NULL"},
    {"pg_single(column1) FROM (VALUES (7), (8))",
     "21000 more than one row returned by a subquery used as an expression"},
    {"group_concat(value) FROM pg_series(3)", "1,2,3"},
    {"group_concat(value || ordinality) FROM pg_unnest('{a,b}', 25)", "a1,b2"},
    // A correlated call: one scan for each row of the outer table.
    {"group_concat(value) FROM (VALUES ('{1,2}'), ('{3}')) t, pg_unnest(t.column1, 23)", "1,2,3"},
    {"'10' > '9' COLLATE pg_numeric", "1"},
    {"'1 mon' = '30 days' COLLATE pg_interval", "1"},
};

INSTANTIATE_TEST_SUITE_P(casts, translated_calls, testing::ValuesIn(casts));
INSTANTIATE_TEST_SUITE_P(foreign, translated_calls, testing::ValuesIn(foreign));
INSTANTIATE_TEST_SUITE_P(arrays, translated_calls, testing::ValuesIn(arrays));
INSTANTIATE_TEST_SUITE_P(queries, translated_calls, testing::ValuesIn(queries));

}  // namespace
}  // namespace historyd::test
