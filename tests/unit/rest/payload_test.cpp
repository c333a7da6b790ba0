#include "proxy/rest/query/payload.hpp"

#include <gtest/gtest.h>

#include "proxy/rest/query/json_input.hpp"

namespace historyd::rest {
namespace {

using names = std::vector<std::string>;

payload json(std::string_view body, const std::optional<names>& columns = {}) {
    auto p = parse_payload(payload_form::json, body, columns);
    EXPECT_TRUE(p) << body << ": " << (p ? "" : p.error().message);
    return p ? std::move(*p) : payload{};
}

std::string failure(std::string_view body, payload_form form = payload_form::json) {
    const auto p = parse_payload(form, body, {});
    if (p) return "none";
    EXPECT_EQ(p.error().sqlstate, "PGRST102");
    return p.error().message;
}

TEST(payload, one_object) {
    const auto p = json(R"({"a":1.10,"b":null})");
    EXPECT_EQ(p.columns, (names{"a", "b"}));
    ASSERT_EQ(p.rows.size(), 1u);
    EXPECT_EQ(p.rows[0][0]->text, "1.10");
    EXPECT_EQ(p.rows[0][1]->kind, types::json_kind::null);
}

TEST(payload, many_objects_in_any_order_of_keys) {
    const auto p = json(R"([{"a":1,"b":2},{"b":4,"a":3}])");
    ASSERT_EQ(p.rows.size(), 2u);
    EXPECT_EQ(p.rows[1][0]->text, "3");
    EXPECT_EQ(p.rows[1][1]->text, "4");
}

TEST(payload, nothing) {
    EXPECT_TRUE(json("[]").rows.empty());
    EXPECT_EQ(json("{}").rows.size(), 1u);
    EXPECT_EQ(json("[{},{}]").rows.size(), 2u);
}

TEST(payload, keys_must_match_unless_columns_are_named) {
    EXPECT_EQ(failure(R"([{"a":1},{"b":2}])"), "All object keys must match");
    EXPECT_EQ(failure(R"([{"a":1},{"a":1,"b":2}])"), "All object keys must match");
    EXPECT_EQ(failure(R"([{"a":1},2])"), "All object keys must match");
    const auto p = json(R"([{"a":1},{"b":2,"x":3}])", names{"a", "b"});
    EXPECT_EQ(p.columns, (names{"a", "b"}));
    EXPECT_TRUE(p.rows[0][0].has_value());
    EXPECT_FALSE(p.rows[0][1].has_value());
    EXPECT_FALSE(p.rows[1][0].has_value());
}

TEST(payload, of_a_key_given_twice_the_last_counts) {
    EXPECT_EQ(json(R"({"a":1,"a":2})").rows[0][0]->text, "2");
}

TEST(payload, no_json) {
    for (const std::string_view body : {"", "{", "nope", "1", "\"x\"", "null", "{\"a\":1}x"}) {
        EXPECT_EQ(failure(body), "Empty or invalid json") << body;
    }
}

TEST(payload, csv) {
    const auto p = parse_payload(payload_form::csv, "a,b\r\n1,NULL\n\"x,\"\"y\",\n", {});
    ASSERT_TRUE(p) << p.error().message;
    EXPECT_EQ(p->columns, (names{"a", "b"}));
    ASSERT_EQ(p->rows.size(), 2u);
    EXPECT_EQ(p->rows[0][0]->text, "1");
    EXPECT_EQ(p->rows[0][1]->kind, types::json_kind::null);
    EXPECT_EQ(p->rows[1][0]->text, "x,\"y");
    EXPECT_EQ(p->rows[1][1]->kind, types::json_kind::string);
}

TEST(payload, malformed_csv) {
    EXPECT_EQ(failure("", payload_form::csv), "not enough input");
    EXPECT_EQ(failure("a,b\n1\n", payload_form::csv), "All lines must have same number of fields");
    EXPECT_EQ(failure("a\n1\n\\.\n2\n", payload_form::csv), "invalid CSV");
    EXPECT_EQ(failure("a\n\xff\n", payload_form::csv), "invalid CSV");
    EXPECT_NE(failure("a\n\"1\n", payload_form::csv), "none");
}

// json_to_recordset(), asked of PostgreSQL 15.
TEST(payload, members_as_the_types_read_them) {
    namespace t = types::type_oid;
    const auto text = [](std::string_view json_text, types::oid type) {
        return input_text(*types::parse_json(json_text), type).value_or("NULL");
    };
    EXPECT_EQ(text("null", t::text), "NULL");
    EXPECT_EQ(text("null", t::jsonb), "NULL");
    EXPECT_EQ(text("\"a\\nb\"", t::text), "a\nb");
    EXPECT_EQ(text("12345678901234567890.10", t::numeric), "12345678901234567890.10");
    EXPECT_EQ(text("true", t::bool_), "true");
    EXPECT_EQ(text("\"x\"", t::jsonb), "\"x\"");
    EXPECT_EQ(text(R"({"a":[1,null]})", t::jsonb), R"({"a":[1,null]})");
    EXPECT_EQ(text(R"({"a":1})", t::text), R"({"a":1})");
    EXPECT_EQ(text(R"(["a\"b",null,"c,\\d",""])", t::text_array), R"({"a\"b",NULL,"c,\\d",""})");
    EXPECT_EQ(text("[[1,2],[3,4]]", t::int4_array), R"({{"1","2"},{"3","4"}})");
    EXPECT_EQ(text(R"([{"a":1},[2]])", t::jsonb_array), R"({"{\"a\":1}","[2]"})");
    EXPECT_EQ(text("\"{1,2}\"", t::int4_array), "{1,2}");
}

}  // namespace
}  // namespace historyd::rest
