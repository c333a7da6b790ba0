#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "tests/unit/sql/live_file.hpp"

// DDL and DML on a real SQLite file, against what PostgreSQL 15 answered to the same statements in the
// same order (data/change_cases.expected, written by capture_changes.py).

namespace historyd::sql::testing {
namespace {

struct recorded_case {
    std::string statement, answer;
};

std::vector<recorded_case> recorded_cases() {
    std::ifstream file(HISTORYD_SQL_TEST_DATA "/change_cases.expected");
    std::vector<recorded_case> out;
    recorded_case current;
    bool in_answer = false;
    for (std::string line; std::getline(file, line);) {
        if (line == "====") {
            out.push_back(std::move(current));
            current = {};
            in_answer = false;
        } else if (line == "----" && !in_answer) {
            in_answer = true;
        } else {
            (in_answer ? current.answer : current.statement) += line + "\n";
        }
    }
    return out;
}

// The details that name a row's values are added where the row is known: by the writer.
std::string without_row_details(const std::string& text) {
    std::istringstream in(text);
    std::string out;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("DETAIL:  Failing row contains") || line.starts_with("DETAIL:  Key (")) {
            continue;
        }
        out += line + "\n";
    }
    return out;
}

TEST(change, answers_as_postgresql_does) {
    const auto cases = recorded_cases();
    ASSERT_GT(cases.size(), 300U);
    live_file file;
    for (const auto& c : cases) {
        EXPECT_EQ(without_row_details(file.run(c.statement)), without_row_details(c.answer))
            << c.statement;
    }
}

}  // namespace
}  // namespace historyd::sql::testing
