#include <gtest/gtest.h>

#include "proxy/rest/error_answer.hpp"
#include "proxy/rest/result_rows.hpp"

namespace historyd::rest {
namespace {

namespace t = types::type_oid;
using form = media::form;

sql::result_column column(std::string name, types::oid type) {
    sql::result_column c;
    c.name = std::move(name);
    c.type = {.id = type};
    return c;
}

class rows_test : public testing::Test {
protected:
    std::string body(media m, const std::vector<std::vector<value_view>>& rows) {
        result_rows out(m, io, bytes_max);
        out.set_columns(columns);
        for (const auto& one : rows) EXPECT_TRUE(out.add(one));
        return std::move(out).body();
    }

    std::shared_ptr<const types::io_settings> io = std::make_shared<types::io_settings>();
    std::size_t bytes_max = 1 << 20;
    std::vector<sql::result_column> columns = {column("i", t::int4), column("s \"x\"", t::text),
                                               column("b", t::bool_), column("j", t::jsonb)};
    const std::vector<value_view> row = {std::int64_t{1}, "a\"b,c", std::int64_t{1}, "{\"k\": 1}"};
    const std::vector<value_view> nulls = {std::int64_t{2}, std::monostate{}, std::monostate{},
                                           std::monostate{}};
};

// Bodies are what row_to_json(), json_agg() and a composite's text are in PostgreSQL.
TEST_F(rows_test, json) {
    EXPECT_EQ(body({}, {}), "[]");
    EXPECT_EQ(body({}, {row, nulls}), R"([{"i":1,"s \"x\"":"a\"b,c","b":true,"j":{"k": 1}}, )"
                                      "\n "
                                      R"({"i":2,"s \"x\"":null,"b":null,"j":null}])");
    EXPECT_EQ(body({.as = form::object}, {nulls}), R"({"i":2,"s \"x\"":null,"b":null,"j":null})");
    EXPECT_EQ(body({.nulls_stripped = true}, {nulls}), R"([{"i":2}])");
}

TEST_F(rows_test, csv) {
    EXPECT_EQ(body({.as = form::csv}, {}), "\n");
    EXPECT_EQ(body({.as = form::csv}, {row, nulls}),
              "i,s \\\"x\\\",b,j\n1,\"a\"\"b,c\",t,\"{\"\"k\"\": 1}\"\n2,,,");
    columns = {column("s", t::text)};
    EXPECT_EQ(body({.as = form::csv}, {{""}, {"a b"}, {"(x)"}, {"c:\\d"}, {"plain"}}),
              "s\n\"\"\n\"a b\"\n\"(x)\"\n\"c:\\\\d\"\nplain");
}

TEST_F(rows_test, rewinding) {
    columns = {column("s", t::text)};
    for (const auto as : {form::json, form::csv}) {
        result_rows out({.as = as}, io, bytes_max);
        out.set_columns(columns);
        const std::vector<value_view> empty = {std::monostate{}};
        const auto start = out.bytes();
        ASSERT_TRUE(out.add(empty));
        out.rewind(start);
        EXPECT_EQ(out.count(), 0u);
        ASSERT_TRUE(out.add(empty));
        const auto one = out.bytes();
        ASSERT_TRUE(out.add(empty));
        ASSERT_TRUE(out.add(empty));
        out.rewind(one);
        EXPECT_EQ(out.count(), 1u);
        EXPECT_EQ(out.bytes(), one);
    }
}

TEST_F(rows_test, limits_and_widths) {
    bytes_max = 20;
    result_rows out({}, io, bytes_max);
    out.set_columns({column("s", t::text)});
    const std::vector<value_view> small = {"0123456789"};
    ASSERT_TRUE(out.add(small));
    const auto before = out.bytes();
    EXPECT_EQ(out.add(small).error().sqlstate, sqlstate::program_limit_exceeded);
    EXPECT_EQ(out.bytes(), before);
    EXPECT_EQ(out.add(row).error().sqlstate, sqlstate::internal_error);
    EXPECT_EQ(std::move(out).body(), "[{\"s\":\"0123456789\"}]");
}

TEST(error_answer, statuses) {
    const std::pair<std::string_view, unsigned> cases[] = {
        {"PGRST100", 400}, {"PGRST103", 416}, {"PGRST106", 406}, {"PGRST116", 406},
        {"PGRST117", 405}, {"PGRST205", 404}, {"PGRST301", 401}, {"08006", 503},
        {"22P02", 400},    {"23502", 400},    {"23503", 409},    {"23505", 409},
        {"25006", 405},    {"25P03", 500},    {"40001", 500},    {"42501", 403},
        {"42703", 400},    {"42883", 404},    {"42P01", 404},    {"42P10", 400},
        {"53100", 503},    {"53300", 503},    {"53400", 500},    {"54000", 500},
        {"57014", 500},    {"57P01", 503},    {"58030", 500},    {"XX000", 500},
        {"0A000", 400},    {"21000", 500},
    };
    for (const auto& [code, status] : cases) {
        EXPECT_EQ(error_status(sql_error(code, "m")), status) << code;
    }
    EXPECT_EQ(error_status(sql_error("21000", "DELETE requires a WHERE clause")), 400u);
}

TEST(error_answer, body) {
    EXPECT_EQ(error_body(sql_error("42703", "column \"x\"").with_hint("h")),
              R"({"code":"42703","details":null,"hint":"h","message":"column \"x\""})");
}

}  // namespace
}  // namespace historyd::rest
