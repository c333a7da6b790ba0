#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "storage/types/type_io.hpp"
#include "tests/unit/functions/call_text.hpp"
#include "tests/unit/functions/connection_fixture.hpp"
#include "tests/unit/functions/function_case.hpp"

// Every line of cases/*.tsv through the function map and SQLite, compared with PostgreSQL's answer.

namespace historyd::test {
namespace {

// A value in storage form as a SQLite literal.
std::string literal(const value& v) {
    struct printer {
        std::string operator()(std::monostate) const { return "NULL"; }
        std::string operator()(std::int64_t i) const {
            // The least integer has no literal of its own.
            return i == INT64_MIN ? "(-9223372036854775807 - 1)" : std::to_string(i);
        }
        std::string operator()(double d) const {
            if (std::isinf(d)) return d < 0 ? "-9e999" : "9e999";
            char text[64];
            std::snprintf(text, sizeof text, "%.17e", d);
            return text;
        }
        std::string operator()(const std::string& s) const {
            std::string out = "'";
            for (const char c : s) {
                if (c == '\'') out += c;
                out += c;
            }
            return out + "'";
        }
        std::string operator()(const blob& b) const {
            static constexpr char digits[] = "0123456789abcdef";
            std::string out = "x'";
            for (const char c : b.bytes) {
                out += digits[static_cast<unsigned char>(c) >> 4];
                out += digits[static_cast<unsigned char>(c) & 15];
            }
            return out + "'";
        }
    };
    return std::visit(printer{}, v);
}

class function_cases : public testing::TestWithParam<std::string> {
protected:
    std::string literal_of(types::oid type, const std::optional<std::string>& text) {
        if (!text) return "NULL";
        auto v = types::text_in({.id = type}, *text, *connection.context().io);
        if (!v) {
            ADD_FAILURE() << "bad argument " << *text << ": " << v.error().message;
            return "NULL";
        }
        return literal(*v);
    }

    // The query for a case; empty when the map does not have the call.
    std::string query_of(const function_case& c, resolved_call& call) {
        std::vector<types::oid> given;
        std::vector<std::string> arguments;
        std::size_t rows = 0, columns = 0;
        for (const auto& a : c.arguments) {
            const auto* info = types::find_type(a.type);
            if (info == nullptr) {
                ADD_FAILURE() << "no type " << a.type;
                return {};
            }
            given.push_back(info->id);
            if (a.is_column) {
                arguments.push_back("column" + std::to_string(++columns));
                rows = std::max(rows, a.values.size());
            } else {
                arguments.push_back(literal_of(info->id, a.values.front()));
            }
        }
        const auto resolved = resolve(c, given, arguments);
        if (!resolved) return {};
        call = *resolved;
        if (call.kind == sql::function_kind::set_returning) {
            return "SELECT value FROM " + call.sql;
        }
        if (columns == 0) return "SELECT " + call.sql;
        std::string values;
        for (std::size_t row = 0; row < rows; ++row) {
            values += values.empty() ? "(" : ", (";
            bool first = true;
            for (std::size_t i = 0; i < c.arguments.size(); ++i) {
                if (!c.arguments[i].is_column) continue;
                if (!first) values += ", ";
                first = false;
                values += literal_of(given[i], c.arguments[i].values.at(row));
            }
            values += ")";
        }
        const bool none = rows == 0;
        if (none) values = columns == 1 ? "(NULL)" : "(NULL, NULL)";
        return "SELECT " + call.sql + " FROM (VALUES " + values + ")" + (none ? " WHERE 0" : "");
    }

    std::optional<std::string> print(types::oid type, const value& v) {
        if (is_null(v)) return std::nullopt;
        std::string out;
        const auto ok = types::text_out({.id = type}, view_of(v), *connection.context().io, out);
        if (!ok) out = "cannot print: " + ok.error().message;
        return out;
    }

    void check(const function_case& c) {
        SCOPED_TRACE(c.file + ":" + std::to_string(c.line) + " " + c.name);
        resolved_call call;
        const auto sql = query_of(c, call);
        ASSERT_NE(sql, "") << "not in the function map";
        SCOPED_TRACE(sql);
        const auto rows = connection.query(sql);
        if (c.expectation == '!') {
            ASSERT_FALSE(rows) << "no error";
            EXPECT_EQ(rows.error().sqlstate + ' ' + rows.error().message, c.expected);
            return;
        }
        ASSERT_TRUE(rows) << rows.error().sqlstate << ' ' << rows.error().message;
        if (c.expectation == '[') {
            std::vector<std::optional<std::string>> got;
            for (const auto& row : *rows) got.push_back(print(call.result, row.at(0)));
            EXPECT_EQ(got, c.expected_rows);
            return;
        }
        ASSERT_EQ(rows->size(), 1u);
        const auto got = print(call.result, rows->front().at(0));
        EXPECT_EQ(got.value_or("NULL"), c.expectation == '~' ? "NULL" : c.expected);
    }

    connection_fixture connection;
};

TEST_P(function_cases, answer_as_postgresql_does) {
    const auto cases = load_cases(std::string(HISTORYD_CASES) + "/" + GetParam() + ".tsv");
    ASSERT_FALSE(cases.empty());
    for (const auto& c : cases) check(c);
}

INSTANTIATE_TEST_SUITE_P(, function_cases,
                         testing::Values("math", "text", "regex", "datetime", "format", "json",
                                         "array", "aggregate", "rows", "operators"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace historyd::test
