#include "proxy/rest/query/statements.hpp"

#include <gtest/gtest.h>

#include "proxy/rest/query/mem0_table.hpp"
#include "proxy/rest/returned_order.hpp"

namespace historyd::rest {
namespace {

namespace t = types::type_oid;

schema::relation test_table() {
    schema::relation r;
    r.name = "t\"x";
    const std::pair<const char*, types::type_ref> columns[] = {
        {"id", {t::int4, -1}},    {"name", {t::varchar, 9}}, {"tags", {t::text_array, -1}},
        {"data", {t::jsonb, -1}}, {"raw", {t::json, -1}},    {"at", {t::timestamptz, -1}},
    };
    for (const auto& [name, type] : columns) {
        schema::column c;
        c.name = name;
        c.type = type;
        c.attnum = r.next_attnum++;
        r.columns.push_back(c);
    }
    schema::constraint key;
    key.kind = schema::constraint_kind::primary_key;
    key.columns = {1};
    r.constraints.push_back(key);
    return r;
}

const schema::relation& table() {
    static const schema::relation r = test_table();
    return r;
}

request asked(std::string method, const std::string& query, std::string_view body = "",
              const std::string& prefer = "") {
    request_head head;
    head.method = std::move(method);
    head.target = "/rest/v1/t%22x?" + query;
    head.prefer = {prefer};
    auto r = parse_request(head, body);
    EXPECT_TRUE(r) << (r ? "" : r.error().message);
    return r ? std::move(*r) : request{};
}

// The text with t for the table, and the parameters in storage form.
std::string shown(const result<sql_statement>& s) {
    if (!s) return s.error().sqlstate + ": " + s.error().message;
    std::string out = s->text;
    constexpr std::string_view name = "\"public\".\"t\"\"x\"";
    for (auto at = out.find(name); at != out.npos; at = out.find(name)) {
        out.replace(at, name.size(), "t");
    }
    for (std::size_t i = 0; i < s->types.size(); ++i) {
        out += i == 0 ? " | " : ", ";
        const auto& v = s->parameters[i];
        if (const auto* n = std::get_if<std::int64_t>(&v)) out += std::to_string(*n);
        if (const auto* text = std::get_if<std::string>(&v)) out += "'" + *text + "'";
        if (is_null(v)) out += "NULL";
        out += "::" + std::string(types::find_type(s->types[i])->name);
    }
    return out;
}

const types::io_settings io;

std::string selected(const std::string& query) {
    return shown(select_statement(asked("GET", query), table(), io));
}

std::string inserted(const std::string& query, std::string_view body,
                     const std::string& prefer = "", returning what = returning::nothing) {
    const auto all = insert_statements(asked("POST", query, body, prefer), what, table(), io);
    if (!all) return all.error().sqlstate + ": " + all.error().message;
    std::string out;
    for (const auto& s : *all) out += (out.empty() ? "" : "; ") + shown(s);
    return out;
}

TEST(statements, select) {
    EXPECT_EQ(selected(""), "SELECT t.* FROM t");
    EXPECT_EQ(selected("select=id,n:name,at::date&order=at.desc.nullslast,id&limit=5&offset=10"),
              "SELECT t.\"id\", t.\"name\" AS \"n\", CAST(t.\"at\" AS date) AS \"at\" FROM t "
              "ORDER BY t.\"at\" DESC NULLS LAST, t.\"id\" LIMIT $1 OFFSET $2 | 5::int8, 10::int8");
    EXPECT_EQ(selected("select=data->a->>b&order=data->0"),
              "SELECT t.\"data\"->$1->>$2 AS \"b\" FROM t ORDER BY t.\"data\"->$3 | 'a'::text, "
              "'b'::text, 0::int4");
    EXPECT_EQ(selected("select=tags->0"),
              "SELECT to_jsonb(t.\"tags\")->$1 AS \"tags\" FROM t | 0::int4");
}

TEST(statements, values_are_parameters_of_their_columns_types) {
    EXPECT_EQ(selected("id=eq.007"), "SELECT t.* FROM t WHERE (t.\"id\" = $1) | 7::int4");
    EXPECT_EQ(selected("name=neq.'%3B--"),
              "SELECT t.* FROM t WHERE (t.\"name\" <> $1) | '';--'::varchar");
    EXPECT_EQ(selected("name=eq.longer%20than%20it"),
              "SELECT t.* FROM t WHERE (t.\"name\" = $1) | 'longer than it'::varchar");
    EXPECT_EQ(selected("at=gte.2026-01-01T00:00:00Z"),
              "SELECT t.* FROM t WHERE (t.\"at\" >= $1) | '2026-01-01 00:00:00.000000+00:00'"
              "::timestamptz");
    EXPECT_EQ(selected("tags=cs.{a,b}"),
              "SELECT t.* FROM t WHERE (t.\"tags\" @> $1) | '{a,b}'::_text");
    EXPECT_EQ(selected("data->>k=eq.1"),
              "SELECT t.* FROM t WHERE (t.\"data\"->>$1 = $2) | 'k'::text, '1'::text");
    EXPECT_EQ(selected("data->k=eq.1"),
              "SELECT t.* FROM t WHERE (t.\"data\"->$1 = $2) | 'k'::text, '1'::jsonb");
    EXPECT_EQ(selected("name=ilike.*a_b*"),
              "SELECT t.* FROM t WHERE (t.\"name\" ILIKE $1) | '%a_b%'::text");
    EXPECT_EQ(selected("name=like(any).{a*,b}"),
              "SELECT t.* FROM t WHERE (t.\"name\" LIKE ANY ($1)) | '{a%,b}'::_text");
    EXPECT_EQ(selected("id=eq(all).{1,2}"),
              "SELECT t.* FROM t WHERE (t.\"id\" = ALL ($1)) | '{1,2}'::_int4");
    EXPECT_EQ(selected("id=in.(1,2)"),
              "SELECT t.* FROM t WHERE (t.\"id\" IN ($1, $2)) | 1::int4, 2::int4");
    EXPECT_EQ(selected("id=eq.x"), "22P02: invalid input syntax for type integer: \"x\"");
    EXPECT_EQ(selected("nowhere=eq.x"), "SELECT t.* FROM t WHERE (t.\"nowhere\" = $1) | 'x'::text");
}

TEST(statements, conditions) {
    EXPECT_EQ(selected("id=not.is.null&id=in.()"),
              "SELECT t.* FROM t WHERE NOT (t.\"id\" IS NULL) AND (t.\"id\" IS NULL AND false)");
    EXPECT_EQ(selected("or=(id.eq.1,not.and(id.gt.2,name.is.null))"),
              "SELECT t.* FROM t WHERE ((t.\"id\" = $1) OR NOT ((t.\"id\" > $2) AND (t.\"name\" IS "
              "NULL))) | 1::int4, 2::int4");
}

TEST(statements, nulls_stripped) {
    auto r = asked("GET", "select=id,raw,d:data");
    r.answer.nulls_stripped = true;
    EXPECT_EQ(shown(select_statement(r, table(), io)),
              "SELECT t.\"id\", json_strip_nulls(t.\"raw\") AS \"raw\", "
              "jsonb_strip_nulls(t.\"data\") AS \"d\" FROM t");
}

TEST(statements, count) {
    EXPECT_EQ(shown(count_statement(asked("GET", "id=gt.1&limit=1&order=id"), table(), io)),
              "SELECT count(*) FROM t WHERE (t.\"id\" > $1) | 1::int4");
}

TEST(statements, insert) {
    EXPECT_EQ(inserted("", R"([{"id":1,"tags":["a"]},{"id":2,"tags":null}])"),
              "INSERT INTO t (\"id\", \"tags\") VALUES ($1, $2), ($3, $4) | 1::int4, "
              "'{a}'::_text, 2::int4, NULL::_text");
    EXPECT_EQ(inserted("columns=id,name", R"([{"id":1},{"name":"n"}])"),
              "INSERT INTO t (\"id\", \"name\") VALUES ($1, $2), ($3, $4) | 1::int4, "
              "NULL::varchar, NULL::int4, 'n'::varchar");
    EXPECT_EQ(inserted("columns=id,name", R"([{"id":1}])", "missing=default"),
              "INSERT INTO t (\"id\", \"name\") VALUES ($1, DEFAULT) | 1::int4");
    EXPECT_EQ(inserted("", "[{},{}]"),
              "INSERT INTO t DEFAULT VALUES; INSERT INTO t DEFAULT VALUES");
    EXPECT_EQ(inserted("", "[]"), "");
    EXPECT_EQ(inserted("select=id", R"({"id":1})", "", returning::selection),
              "INSERT INTO t (\"id\") VALUES ($1) RETURNING t.\"id\" | 1::int4");
    EXPECT_EQ(inserted("", R"({"name":"n"})", "", returning::key),
              "INSERT INTO t (\"name\") VALUES ($1) RETURNING \"id\" | 'n'::varchar");
    EXPECT_EQ(inserted("", R"({"nope":1})"),
              "PGRST204: Could not find the 'nope' column of 't\"x' in the schema cache");
    EXPECT_EQ(inserted("", R"({"name":"too long"})"),
              "22001: value too long for type character varying(5)");
}

TEST(statements, many_rows_are_several_statements) {
    std::string body = "[";
    for (int i = 0; i < 12'000; ++i) body += (i == 0 ? "" : ",") + std::string(R"({"id":1})");
    const auto all =
        insert_statements(asked("POST", "", body + "]"), returning::nothing, table(), io);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 2u);
    EXPECT_EQ(all->at(0).types.size(), 10'000u);
    EXPECT_EQ(all->at(1).types.size(), 2'000u);
}

TEST(statements, upsert) {
    EXPECT_EQ(inserted("", R"({"id":1,"name":"n"})", "resolution=merge-duplicates"),
              "INSERT INTO t (\"id\", \"name\") VALUES ($1, $2) ON CONFLICT (\"id\") DO UPDATE SET "
              "\"id\" = EXCLUDED.\"id\", \"name\" = EXCLUDED.\"name\" | 1::int4, 'n'::varchar");
    EXPECT_EQ(inserted("on_conflict=name", R"({"id":1})", "resolution=ignore-duplicates"),
              "INSERT INTO t (\"id\") VALUES ($1) ON CONFLICT (\"name\") DO NOTHING | 1::int4");
    EXPECT_EQ(inserted("on_conflict=name", R"({"id":1})"),
              "INSERT INTO t (\"id\") VALUES ($1) | 1::int4");
    const auto r =
        asked("POST", "on_conflict=id,name", R"([{"id":1,"name":"a"},{"id":2,"name":"b"}])");
    EXPECT_EQ(shown(existing_statement(r, 0, 2, table(), io)),
              "SELECT count(*) FROM t WHERE (t.\"id\" = $1 AND t.\"name\" = $2) OR (t.\"id\" = $3 "
              "AND t.\"name\" = $4) | 1::int4, 'a'::varchar, 2::int4, 'b'::varchar");
}

TEST(statements, update_and_delete) {
    const auto updated = [](const std::string& query, std::string_view body) {
        return shown(
            update_statement(asked("PATCH", query, body), returning::nothing, table(), io));
    };
    EXPECT_EQ(updated("id=eq.1", R"({"name":"n","data":{"a":1}})"),
              "UPDATE t SET \"name\" = $1, \"data\" = $2 WHERE (t.\"id\" = $3) | 'n'::varchar, "
              "'{\"a\": 1}'::jsonb, 1::int4");
    EXPECT_EQ(updated("id=gt.1&order=id&limit=2", R"({"name":null})"),
              "UPDATE t SET \"name\" = $1 WHERE (\"id\") IN (SELECT \"id\" FROM t WHERE (t.\"id\" "
              "> $2) ORDER BY t.\"id\" LIMIT $3) | NULL::varchar, 1::int4, 2::int8");
    EXPECT_EQ(updated("limit=2", R"({"name":null})"),
              "PGRST109: A 'limit' was applied without an explicit 'order'");
    EXPECT_EQ(shown(delete_statement(asked("DELETE", "id=eq.1&select=name"), returning::selection,
                                     table(), io)),
              "DELETE FROM t WHERE (t.\"id\" = $1) RETURNING t.\"name\" | 1::int4");
}

TEST(statements, what_is_returned_is_ordered_by_its_last_columns) {
    EXPECT_EQ(shown(delete_statement(asked("DELETE", "id=eq.1&select=name&order=at,data->>k.desc"),
                                     returning::selection, table(), io)),
              "DELETE FROM t WHERE (t.\"id\" = $1) RETURNING t.\"name\", t.\"at\", "
              "t.\"data\"->>$2 | 1::int4, 'k'::text");
    std::vector<sql::result_column> columns(3);
    columns[1].type = columns[2].type = {.id = t::int4};
    const auto order = [&](const std::string& terms) {
        const auto row = [](const char* name, value a, value b) {
            return std::vector<value>{std::string(name), std::move(a), std::move(b)};
        };
        std::vector<std::vector<value>> rows = {
            row("a", std::int64_t{2}, std::int64_t{1}), row("b", std::int64_t{10}, {}),
            row("c", {}, std::int64_t{1}), row("d", std::int64_t{2}, std::int64_t{0})};
        order_returned(rows, *parse_order(terms), columns);
        std::string names;
        for (const auto& r : rows) names += std::get<std::string>(r[0]);
        return names;
    };
    EXPECT_EQ(order("x,y"), "dabc");
    EXPECT_EQ(order("x.desc,y.desc"), "cbad");
    EXPECT_EQ(order("x.nullsfirst,y.desc"), "cadb");
    EXPECT_EQ(order("x.desc.nullslast,y"), "bdac");
}

TEST(statements, names_are_quoted) {
    const auto all = mem0_table_statements("my \"table\"");
    EXPECT_TRUE(
        all.at(0).text.starts_with("CREATE TABLE IF NOT EXISTS \"public\".\"my \"\"table\"\"\" ("));
    EXPECT_EQ(all.at(1).text,
              "CREATE INDEX IF NOT EXISTS \"my \"\"table\"\"_memory_id_idx\" ON "
              "\"public\".\"my \"\"table\"\"\" (memory_id)");
}

}  // namespace
}  // namespace historyd::rest
