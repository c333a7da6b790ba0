#include "proxy/rest/query/request.hpp"

#include <gtest/gtest.h>

#include "proxy/rest/query/url_text.hpp"

namespace historyd::rest {
namespace {

request_head head(std::string method, std::string target) {
    request_head h;
    h.method = std::move(method);
    h.target = std::move(target);
    return h;
}

std::string code_of(const request_head& h, std::string_view body = "") {
    const auto r = parse_request(h, body);
    return r ? "" : r.error().sqlstate;
}

TEST(url_text, decoding) {
    EXPECT_EQ(percent_decode("a%20b+c%", true), "a b c%");
    EXPECT_EQ(percent_decode("a+%2B%2", false), "a++%2");
    EXPECT_EQ(percent_decode("%zz%4", true), "%zz%4");
    EXPECT_EQ(percent_encode("a b/ä"), "a%20b%2F%C3%A4");
    const auto p = parse_query_string("a=1&&b&c=%3D=&=x");
    ASSERT_TRUE(p);
    EXPECT_EQ(*p, (parameters{{"a", "1"}, {"b", ""}, {"c", "=="}, {"", "x"}}));
    EXPECT_EQ(parse_query_string("a=%ff").error().sqlstate, "PGRST100");
    EXPECT_EQ(parse_query_string("a=%00").error().sqlstate, "PGRST100");
}

// The requests of mem0's Node SDK as recorded.
TEST(request, what_mem0_sends) {
    const auto probe = parse_request(head("GET", "/rest/v1/memory_history?select=id&limit=1"), "");
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->what, action::read);
    EXPECT_EQ(probe->table, "memory_history");
    EXPECT_EQ(probe->select.at(0).of.name, "id");
    EXPECT_EQ(probe->range.limit, 1);

    const auto history = parse_request(
        head("GET",
             "/rest/v1/memory_history?select=*&memory_id=eq.m1&order=created_at.desc&limit=100"),
        "");
    ASSERT_TRUE(history);
    EXPECT_TRUE(history->select.at(0).is_star());
    EXPECT_EQ(history->where.size(), 1u);
    EXPECT_EQ(history->order,
              (std::vector<order_term>{
                  {.of = {"created_at", {}}, .descending = true, .nulls_first = {}}}));

    const auto reset = parse_request(head("DELETE", "/rest/v1/memory_history?id=neq."), "");
    ASSERT_TRUE(reset);
    EXPECT_EQ(reset->what, action::remove);
    EXPECT_EQ(std::get<comparison>(std::get<condition>(reset->where.at(0)).test).value, "");

    const auto add = parse_request(head("POST", "/rest/v1/memory_history"),
                                   R"({"id":"1","created_at":"2026-11-23T01:18:35.642Z"})");
    ASSERT_TRUE(add);
    EXPECT_EQ(add->body.rows.size(), 1u);
}

TEST(request, paths_and_methods) {
    EXPECT_EQ(parse_request(head("GET", "/rest/v1/two%20words"), "")->table, "two words");
    EXPECT_EQ(code_of(head("GET", "/")), "PGRST125");
    EXPECT_EQ(code_of(head("GET", "/rest/v2/t")), "PGRST125");
    EXPECT_EQ(code_of(head("GET", "/rest/v1")), "PGRST126");
    EXPECT_EQ(code_of(head("GET", "/rest/v1/")), "PGRST126");
    EXPECT_EQ(code_of(head("GET", "/rest/v1t")), "PGRST125");
    EXPECT_EQ(code_of(head("GET", "/rest/v1/a/b")), "PGRST125");
    EXPECT_EQ(code_of(head("GET", "/rest/v1/%ff")), "PGRST125");
    EXPECT_EQ(code_of(head("POST", "/rest/v1/rpc/f")), "PGRST202");
    EXPECT_EQ(code_of(head("PUT", "/rest/v1/t")), "PGRST117");
    EXPECT_EQ(code_of(head("OPTIONS", "/rest/v1/t")), "PGRST117");
}

TEST(request, profiles) {
    auto h = head("GET", "/rest/v1/t");
    h.accept_profile = "public";
    EXPECT_TRUE(parse_request(h, "")->names_schema);
    h.accept_profile = "pg_catalog";
    EXPECT_EQ(code_of(h), "PGRST106");
    h = head("DELETE", "/rest/v1/t?a=eq.1");
    h.accept_profile = "ignored";
    EXPECT_EQ(code_of(h), "");
    h.content_profile = "other";
    EXPECT_EQ(code_of(h), "PGRST106");
}

TEST(request, select_lists) {
    const auto items = parse_select("id, name:\"full name\",d->a->>b,n::text,x:d->0::int4");
    ASSERT_TRUE(items) << items.error().message;
    ASSERT_EQ(items->size(), 5u);
    EXPECT_EQ(items->at(1).name(), "name");
    EXPECT_EQ(items->at(1).of.name, "full name");
    EXPECT_EQ(items->at(2).name(), "b");
    EXPECT_EQ(items->at(3).cast, "text");
    EXPECT_EQ(items->at(4).name(), "x");
    EXPECT_EQ(items->at(4).cast, "int4");
    EXPECT_EQ(parse_select("d->0")->at(0).name(), "d");
    EXPECT_TRUE(parse_select("")->at(0).is_star());
}

TEST(request, what_cannot_be_selected) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"other(*)", "PGRST127"},
        {"a,x:other!fk(b)", "PGRST127"},
        {"...other(*)", "PGRST127"},
        {"count()", "PGRST123"},
        {"n.sum()", "PGRST123"},
        {"a,", "PGRST100"},
        {",", "PGRST100"},
        {"a::", "PGRST100"},
        {"a::int);drop", "PGRST100"},
        {"a b)c", "PGRST100"},
        {"*::text", "PGRST100"},
        {"a->", "PGRST100"},
        {"\"a", "PGRST100"},
        {"a::int4[]", "PGRST100"},
    };
    for (const auto& [text, code] : cases) {
        const auto items = parse_select(text);
        ASSERT_FALSE(items) << text;
        EXPECT_EQ(items.error().sqlstate, code) << text;
    }
}

TEST(request, order) {
    const auto terms = parse_order("a,b.desc,c.asc.nullsfirst, d.nullslast ,e->>k.desc.nullslast");
    ASSERT_TRUE(terms) << terms.error().message;
    ASSERT_EQ(terms->size(), 5u);
    EXPECT_FALSE(terms->at(0).descending);
    EXPECT_TRUE(terms->at(1).descending);
    EXPECT_EQ(terms->at(2).nulls_first, true);
    EXPECT_EQ(terms->at(3).nulls_first, false);
    EXPECT_EQ(terms->at(4).of.path.size(), 1u);
    EXPECT_EQ(parse_order("id.ac").error().detail,
              "unexpected \"a\" expecting \"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"");
    for (const std::string_view bad : {"id.descc", "id.desc.desc", "a,,b", "a.nullsfirst.desc"}) {
        EXPECT_EQ(parse_order(bad).error().sqlstate, "PGRST100") << bad;
    }
    EXPECT_EQ(parse_order("other(a).desc").error().sqlstate, "PGRST108");
}

TEST(request, columns_and_on_conflict) {
    const auto r = parse_request(
        head("POST", "/rest/v1/t?columns=%22id%22,%22b%22,id&on_conflict=id,b"), R"([{"b":2}])");
    ASSERT_TRUE(r);
    EXPECT_EQ(r->body.columns, (std::vector<std::string>{"id", "b"}));
    EXPECT_EQ(r->on_conflict, (std::vector<std::string>{"id", "b"}));
    EXPECT_EQ(code_of(head("POST", "/rest/v1/t?columns=a,"), "[]"), "PGRST100");
    EXPECT_EQ(code_of(head("POST", "/rest/v1/t"), "nope"), "PGRST102");
}

}  // namespace
}  // namespace historyd::rest
