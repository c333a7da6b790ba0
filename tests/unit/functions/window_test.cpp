#include <gtest/gtest.h>

#include "tests/unit/functions/connection_fixture.hpp"

// Aggregates of ours over moving frames. Expected values are PostgreSQL's.

namespace historyd::test {
namespace {

class windows : public testing::Test {
protected:
    // An aggregate over the current row and the one before it, row by row.
    std::string moving(const std::string& call, const std::string& values) {
        auto rows = connection.query("SELECT " + call +
                                     " OVER (ORDER BY column1 ROWS BETWEEN 1 PRECEDING AND CURRENT "
                                     "ROW) FROM (VALUES " +
                                     values + ") ORDER BY column1");
        if (!rows) return rows.error().message;
        std::string out;
        for (const auto& row : *rows) {
            if (!out.empty()) out += " | ";
            if (is_null(row[0])) out += "NULL";
            if (const auto* text = std::get_if<std::string>(&row[0])) out += *text;
            if (const auto* n = std::get_if<std::int64_t>(&row[0])) out += std::to_string(*n);
            if (const auto* d = std::get_if<double>(&row[0])) out += std::to_string(*d);
        }
        return out;
    }
    connection_fixture connection;
};

TEST_F(windows, sum_of_numerics_has_the_scale_of_its_frame) {
    EXPECT_EQ(moving("pg_sum_numeric(column2)", "(1, '1.50'), (2, '2.5'), (3, '3')"),
              "1.50 | 4.00 | 5.5");
}

TEST_F(windows, special_numerics_leave_the_frame) {
    EXPECT_EQ(moving("pg_sum_numeric(column2)", "(1, 'NaN'), (2, '1'), (3, '2')"), "NaN | NaN | 3");
}

TEST_F(windows, averages) {
    EXPECT_EQ(moving("pg_avg_numeric(column1)", "(1), (2), (3)"),
              "1.00000000000000000000 | 1.5000000000000000 | 2.5000000000000000");
}

TEST_F(windows, float_sums_do_not_keep_what_left) {
    EXPECT_EQ(moving("pg_sum_float8(column2)", "(1, 1e300), (2, 1.0), (3, 2.0)"),
              std::to_string(1e300) + " | " + std::to_string(1e300 + 1.0) + " | 3.000000");
}

TEST_F(windows, logic) {
    EXPECT_EQ(moving("pg_bool_and(column2)", "(1, 0), (2, 1), (3, 1), (4, NULL)"), "0 | 0 | 1 | 1");
    EXPECT_EQ(moving("pg_bool_or(column2)", "(1, 1), (2, 0), (3, 0), (4, NULL)"), "1 | 1 | 0 | 0");
}

TEST_F(windows, strings_and_arrays) {
    EXPECT_EQ(moving("pg_string_agg(column2, ',')", "(1, 'a'), (2, 'b'), (3, NULL)"),
              "a | a,b | b");
    EXPECT_EQ(moving("pg_array_agg(column2, 25)", "(1, 'a'), (2, 'b'), (3, NULL)"),
              "{a} | {a,b} | {b,NULL}");
}

TEST_F(windows, intervals) {
    EXPECT_EQ(moving("pg_sum_interval(column2)", "(1, '1 day'), (2, '02:00:00'), (3, '1 mon')"),
              "1 day | 1 day 02:00:00 | 1 mon 02:00:00");
}

}  // namespace
}  // namespace historyd::test
