#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <boost/json/src.hpp>
#include <fstream>
#include <sstream>

#include "tests/unit/sql/test_schema.hpp"

// Parameter types, column names and types, and errors, as PostgreSQL 15 describes the same
// statements over the same tables (data/test_schema.sql, data/describe.py).

namespace historyd::sql {
namespace {

std::string read_file(const std::string& name) {
    std::ifstream in(std::string(HISTORYD_TEST_DATA) + "/" + name);
    EXPECT_TRUE(in) << name;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

boost::json::value read_json(const std::string& name) {
    return boost::json::parse(read_file(name));
}

// One line of describe.tsv: "OK<tab>23 25<tab>name|table|attnum|oid|typmod;..." or
// "ERROR<tab>sqlstate<tab>position<tab>message".
std::string described(const std::string& sql) {
    const auto plan = testing::translate_text(sql);
    std::ostringstream out;
    if (!plan) {
        out << "ERROR\t" << plan.error().sqlstate << '\t' << plan.error().position << '\t'
            << plan.error().message;
        return out.str();
    }
    out << "OK\t";
    for (std::size_t i = 0; i < (*plan)->parameters.size(); ++i) {
        out << (i > 0 ? " " : "") << (*plan)->parameters[i].id;
    }
    out << '\t';
    for (const auto& c : (*plan)->columns) {
        out << c.name << '|' << c.table << '|' << c.attnum << '|' << c.type.id << '|'
            << c.type.typmod << ';';
    }
    return out.str();
}

TEST(describe, agrees_with_postgresql) {
    std::istringstream lines(read_file("describe.tsv"));
    std::string sql, expected;
    int compared = 0;
    while (std::getline(lines, sql) && std::getline(lines, expected)) {
        EXPECT_EQ(described(sql), expected) << sql;
        ++compared;
    }
    EXPECT_GT(compared, 400);
}

TEST(describe, infers_what_the_recorded_clients_rely_on) {
    int compared = 0;
    const auto recorded = read_json("parameter_inference.json");
    for (const auto& item : recorded.as_array()) {
        const std::string sql(item.at("sql").as_string());
        if (sql.starts_with("insert") || sql.starts_with("update") || sql.starts_with("delete")) {
            continue;  // beside INSERT, UPDATE and DELETE
        }
        const auto plan = testing::translate_text(sql);
        ASSERT_TRUE(plan) << sql << ": " << plan.error().message;
        const auto& parameters = item.at("params").as_array();
        ASSERT_EQ((*plan)->parameters.size(), parameters.size()) << sql;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            EXPECT_EQ((*plan)->parameters[i].id, parameters[i].at(0).as_int64())
                << sql << " $" << i + 1;
        }
        const auto& columns = item.at("cols").as_array();
        ASSERT_EQ((*plan)->columns.size(), columns.size()) << sql;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            EXPECT_EQ((*plan)->columns[i].name, std::string_view(columns[i].at(0).as_string()))
                << sql;
            EXPECT_EQ((*plan)->columns[i].type.id, columns[i].at(1).as_int64()) << sql;
        }
        ++compared;
    }
    EXPECT_GT(compared, 20);
}

}  // namespace
}  // namespace historyd::sql
