#include <gtest/gtest.h>

#include <algorithm>

#include "storage/sql/function_map/families.hpp"
#include "tests/unit/functions/call_text.hpp"
#include "tests/unit/functions/connection_fixture.hpp"

// Every row of the function map names what is registered, with the right number of arguments.

namespace historyd::test {
namespace {

namespace t = types::type_oid;

// Types that stand for what a row declares.
std::vector<types::oid> concrete(const std::vector<types::oid>& declared) {
    std::vector<types::oid> out;
    for (const auto type : declared) {
        const bool array = type == t::anyarray || type == t::anycompatiblearray;
        const bool scalar = type == t::any || type == t::anyelement || type == t::anynonarray ||
                            type == t::anycompatible;
        out.push_back(array ? t::int4_array : scalar ? t::int4 : type);
    }
    return out;
}

// The catalog's functions are registered with the catalog, and tested there.
bool is_of_catalog(std::string_view name) {
    const auto rows = sql::catalog_functions();
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
}

class templates : public testing::Test {
protected:
    // Whether SQLite knows everything in the statement.
    std::string problem_of(const std::string& sql) {
        const auto prepared = connection.db().prepare(sql);
        return prepared ? std::string() : prepared.error().message;
    }
    connection_fixture connection;
};

std::string ordered_call(const sql::function_entry& f, const std::string& call) {
    // name(arguments) -> name_ordered('', arguments); an ordered-set aggregate is a bare name.
    const auto paren = call.find('(');
    return call.substr(0, paren) + "_ordered(" + (f.within_group ? "'al', " : "'', ") +
           call.substr(paren + 1);
}

TEST_F(templates, of_operators_prepare) {
    for (const auto& op : sql::operators()) {
        const auto types = concrete({op.left, op.right});
        const auto text = expand_template(op.sqlite, {"?1", "?2"}, types, op.result);
        EXPECT_EQ(problem_of("SELECT " + text), "") << op.name << ": " << text;
    }
}

TEST_F(templates, of_functions_prepare) {
    for (const auto& f : sql::functions()) {
        if (is_of_catalog(f.name)) continue;
        const auto types = concrete(f.arguments);
        std::vector<std::string> arguments;
        for (std::size_t i = 0; i < types.size(); ++i) {
            arguments.push_back("?" + std::to_string(i + 1));
        }
        const auto text = expand_template(f.sqlite, arguments, types, f.result);
        std::string sql = "SELECT " + text;
        if (f.kind == sql::function_kind::window) sql += " OVER (ORDER BY 1)";
        if (f.kind == sql::function_kind::set_returning) sql = "SELECT * FROM " + text;
        if (f.within_group) sql = "SELECT " + ordered_call(f, text);
        EXPECT_EQ(problem_of(sql), "") << f.name << ": " << sql;
    }
}

}  // namespace
}  // namespace historyd::test
