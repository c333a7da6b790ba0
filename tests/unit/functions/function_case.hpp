#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// One line of cases/*.tsv: a call and what PostgreSQL 15 answers (see ask_postgresql.py).
//
//   name  argument...  expectation          a function, aggregate or set-returning function
//   name  argument     expectation          "op +": an operator, one argument for a prefix operator
//
//   argument     type:text, or type~ for NULL; an aggregate's is type*text|text|~ , one per row
//   expectation  =text, ~ for NULL, !SQLSTATE message, or for rows [text|~|text]
//
// Fields are separated by tabs; \n, \t, \p (the bar) and \\ are escapes in them.

namespace historyd::test {

struct case_argument {
    std::string type;
    bool is_column = false;                          // an aggregate's argument
    std::vector<std::optional<std::string>> values;  // one, unless is_column
};

struct function_case {
    std::string file;
    int line = 0;
    std::string name;
    bool is_operator = false;
    std::vector<case_argument> arguments;
    char expectation = '=';  // = ~ ! [
    std::string expected;
    std::vector<std::optional<std::string>> expected_rows;
};

std::vector<function_case> load_cases(const std::filesystem::path& file);

}  // namespace historyd::test
