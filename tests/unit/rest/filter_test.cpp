#include "proxy/rest/query/filter.hpp"

#include <gtest/gtest.h>

#include <tuple>

namespace historyd::rest {
namespace {

using how = comparison::how;

comparison compared(std::string_view value) {
    auto c = parse_condition("a", value);
    EXPECT_TRUE(c) << value << ": " << (c ? "" : c.error().message);
    return c ? std::get<comparison>(c->test) : comparison{};
}

TEST(filter, operators) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"eq.1", "="},      {"neq.1", "<>"},
        {"gt.1", ">"},      {"gte.1", ">="},
        {"lt.1", "<"},      {"lte.1", "<="},
        {"like.1", "LIKE"}, {"ilike.1", "ILIKE"},
        {"match.1", "~"},   {"imatch.1", "~*"},
        {"cs.1", "@>"},     {"cd.1", "<@"},
        {"ov.1", "&&"},     {"isdistinct.1", "IS DISTINCT FROM"},
    };
    for (const auto& [text, sql] : cases) {
        EXPECT_EQ(compared(text).sql, sql);
        EXPECT_EQ(compared(text).value, "1");
    }
}

TEST(filter, values_are_taken_whole) {
    EXPECT_EQ(compared("eq.").value, "");
    EXPECT_EQ(compared("eq.a.b,(c)\"d\"").value, "a.b,(c)\"d\"");
    EXPECT_EQ(compared("eq.null").value, "null");
    EXPECT_EQ(compared("like.*x*").value, "*x*");
}

TEST(filter, quantifiers) {
    EXPECT_EQ(compared("like(any).{a*,b*}").quantifier, how::any);
    EXPECT_EQ(compared("eq(all).{1}").quantifier, how::all);
    EXPECT_EQ(compared("eq(all).{1}").value, "{1}");
    EXPECT_FALSE(parse_condition("a", "neq(any).{1}"));
    EXPECT_FALSE(parse_condition("a", "eq(some).{1}"));
}

TEST(filter, negation) {
    EXPECT_TRUE(parse_condition("a", "not.eq.1")->negated);
    EXPECT_TRUE(parse_condition("a", "not.is.null")->negated);
    EXPECT_TRUE(parse_condition("a", "not.in.(1)")->negated);
    EXPECT_FALSE(parse_condition("a", "eq.not.1")->negated);
}

TEST(filter, lists) {
    const auto values = [](std::string_view text) {
        auto c = parse_condition("a", text);
        EXPECT_TRUE(c) << text;
        return c ? std::get<in_list>(c->test).values : std::vector<std::string>{};
    };
    using list = std::vector<std::string>;
    EXPECT_EQ(values("in.(1,2,3)"), (list{"1", "2", "3"}));
    EXPECT_EQ(values("in.(\"a,b\",\"c\\\"d\\\\\",e f)"), (list{"a,b", "c\"d\\", "e f"}));
    EXPECT_EQ(values("in.(\"a\"b,c)"), (list{"\"a\"b", "c"}));
    EXPECT_EQ(values("in.()"), list{});
    EXPECT_EQ(values("in.(,)"), (list{"", ""}));
    EXPECT_FALSE(parse_condition("a", "in.1,2"));
    EXPECT_FALSE(parse_condition("a", "in.(1,2"));
    EXPECT_FALSE(parse_condition("a", "in.(1),2"));
}

TEST(filter, is) {
    EXPECT_EQ(std::get<is_test>(parse_condition("a", "is.null")->test).sql, "IS NULL");
    EXPECT_EQ(std::get<is_test>(parse_condition("a", "is.NULL")->test).sql, "IS NULL");
    EXPECT_EQ(std::get<is_test>(parse_condition("a", "is.True")->test).sql, "IS TRUE");
    EXPECT_EQ(std::get<is_test>(parse_condition("a", "is.unknown")->test).sql, "IS UNKNOWN");
    EXPECT_EQ(parse_condition("a", "is.maybe").error().sqlstate, "PGRST100");
}

TEST(filter, fields) {
    const auto of = [](std::string_view key) { return parse_condition(key, "eq.1")->of; };
    EXPECT_EQ(of("a_1$").name, "a_1$");
    EXPECT_EQ(of("with blank").name, "with blank");
    EXPECT_EQ(of("a-b").name, "a-b");
    EXPECT_EQ(of("\"x.y\\\"z\"").name, "x.y\"z");
    EXPECT_EQ(of("größe").name, "größe");
    const field path{.name = "d",
                     .path = {{.to = "k", .as_text = false},
                              {.to = 0, .as_text = false},
                              {.to = "-1x", .as_text = true}}};
    EXPECT_EQ(of("d->k->0->>\"-1x\""), path);
    EXPECT_EQ(of("d->-2").path[0].to, (std::variant<std::string, std::int32_t>(-2)));
    EXPECT_EQ(of("d->99999999999").path[0].to,
              (std::variant<std::string, std::int32_t>("99999999999")));
}

// What is not understood must never be passed over: a DELETE would take every row.
TEST(filter, errors) {
    const std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>
        cases[] = {
            {"a", "1", "PGRST100", "\"failed to parse filter (1)\" (line 1, column 1)"},
            {"a", "", "PGRST100", "\"failed to parse filter ()\" (line 1, column 1)"},
            {"a", "noop.1", "PGRST100", "\"failed to parse filter (noop.1)\" (line 1, column 5)"},
            {"", "eq.1", "PGRST100", "\"failed to parse tree path ()\" (line 1, column 1)"},
            {"a:b", "eq.1", "PGRST100", "\"failed to parse tree path (a:b)\" (line 1, column 2)"},
            {"other.a", "eq.1", "PGRST108", "'other' is not an embedded resource in this request"},
            {"a", "fts.word", "0A000", "the operator fts is not supported"},
            {"a", "wfts(english).word", "0A000", "the operator wfts is not supported"},
        };
    for (const auto& [key, value, code, message] : cases) {
        const auto c = parse_condition(key, value);
        ASSERT_FALSE(c) << key << "=" << value;
        EXPECT_EQ(c.error().sqlstate, code);
        EXPECT_EQ(c.error().message, message);
    }
}

const condition& leaf(const condition_group& g, std::size_t i) {
    return std::get<condition>(g.members.at(i));
}

TEST(filter, groups) {
    const auto g =
        parse_condition_group("or", "(a.eq.1, b.not.in.(2,3),and(c.is.null,d.like.\"x,)y\"))");
    ASSERT_TRUE(g) << g.error().message;
    EXPECT_TRUE(g->any);
    EXPECT_EQ(std::get<comparison>(leaf(*g, 0).test).value, "1");
    EXPECT_TRUE(leaf(*g, 1).negated);
    EXPECT_EQ(std::get<in_list>(leaf(*g, 1).test).values.size(), 2u);
    const auto& inner = std::get<condition_group>(g->members.at(2));
    EXPECT_FALSE(inner.any);
    EXPECT_EQ(std::get<comparison>(leaf(inner, 1).test).value, "x,)y");
}

TEST(filter, negated_groups) {
    EXPECT_TRUE(is_group_key("not.or"));
    EXPECT_FALSE(is_group_key("other.or"));
    const auto g = parse_condition_group("not.and", "(a.eq.1,not.or(b.eq.2))");
    ASSERT_TRUE(g);
    EXPECT_TRUE(g->negated);
    EXPECT_TRUE(std::get<condition_group>(g->members.at(1)).negated);
}

TEST(filter, columns_named_like_operators) {
    const auto g = parse_condition_group("and", "(or.eq.1,not.is.null)");
    ASSERT_TRUE(g) << g.error().message;
    EXPECT_EQ(leaf(*g, 0).of.name, "or");
    EXPECT_EQ(leaf(*g, 1).of.name, "not");
}

TEST(filter, arrays_inside_groups_keep_their_commas) {
    const auto g = parse_condition_group("or", "(a.cs.{1,2},b.eq.3)");
    ASSERT_TRUE(g);
    EXPECT_EQ(std::get<comparison>(leaf(*g, 0).test).value, "{1,2}");
}

TEST(filter, malformed_groups) {
    for (const std::string_view text :
         {"", "a.eq.1", "(", "()", "(a.eq.1", "(a.eq.1))", "(a.eq.1,)", "(a)", "(a.)", "(xor(b))",
          "(a.eq.1)b", "(and(a.eq.1)"}) {
        const auto g = parse_condition_group("or", text);
        ASSERT_FALSE(g) << text;
        EXPECT_EQ(g.error().sqlstate, "PGRST100") << text;
    }
    std::string deep;
    for (int i = 0; i < 2 * condition_depth_max; ++i) deep += "(and";
    EXPECT_EQ(parse_condition_group("or", deep).error().sqlstate, "PGRST100");
}

}  // namespace
}  // namespace historyd::rest
