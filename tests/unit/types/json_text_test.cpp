#include "storage/types/json_text.hpp"

#include <gtest/gtest.h>

namespace historyd::types {
namespace {

TEST(json_text, errors_show_where) {
    const auto where = [](std::string_view text) {
        const auto r = check_json(text);
        return r ? std::string() : r.error().where;
    };
    // As PostgreSQL 15 reports them in CONTEXT.
    EXPECT_EQ(where("{\"a\":1,}"), "JSON data, line 1: {\"a\":1,}");
    EXPECT_EQ(where("{a:1}"), "JSON data, line 1: {a...");
    EXPECT_EQ(where("[1 2]"), "JSON data, line 1: [1 2...");
    EXPECT_EQ(where("[1,\n2,\n x]"), "JSON data, line 3:  x...");
    EXPECT_EQ(where(""), "JSON data, line 1: ");
    EXPECT_EQ(where("[\"" + std::string(74, 'a') + "\", xx]"),
              "JSON data, line 1: ..." + std::string(44, 'a') + "\", xx...");
}

TEST(json_text, nesting_has_a_limit) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(parse_jsonb(nested(json_depth_max)));
    const auto r = check_json(nested(1'000'000));
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().sqlstate, "54001");
}

TEST(json_text, trees_keep_what_was_written) {
    const auto node = parse_json("{\"b\": 1.50, \"a\": [true, null, \"x\\u00e9\"], \"b\": 1e2}");
    ASSERT_TRUE(node);
    ASSERT_EQ(node->members.size(), 3u);
    EXPECT_EQ(node->members[0].first, "b");
    EXPECT_EQ(node->members[0].second.text, "1.50");
    EXPECT_EQ(node->find("b")->text, "1e2");
    EXPECT_EQ(node->find("a")->items[2].text, "x\u00e9");
    EXPECT_EQ(node->find("c"), nullptr);
    EXPECT_EQ(node->find("a")->find("b"), nullptr);
}

TEST(json_text, editing_a_tree_keeps_it_printable) {
    auto node = *parse_jsonb("{\"b\": 1}");
    node.members.emplace_back("aa", *parse_jsonb("[2]"));
    node.members.emplace_back("a", json_node{});
    node.members.emplace_back("b", *parse_jsonb("{}"));
    sort_members(node);
    std::string out;
    print_jsonb(node, out);
    EXPECT_EQ(out, "{\"a\": null, \"b\": {}, \"aa\": [2]}");
}

}  // namespace
}  // namespace historyd::types
