#include "storage/outbox/table_text.hpp"

#include <gtest/gtest.h>

namespace historyd::outbox {
namespace {

using schema::column;
using schema::constraint;
using schema::constraint_kind;
namespace type_oid = types::type_oid;

schema::relation table(schema::oid id, const std::string& name) {
    schema::relation r;
    r.id = id;
    r.name = r.sqlite_name = name;
    r.columns.push_back({.name = "id",
                         .type = {.id = type_oid::text},
                         .attnum = 1,
                         .not_null = true,
                         .default_sql = {},
                         .collation = {},
                         .comment = {}});
    r.constraints.push_back({.id = id + 1000,
                             .name = name + "_pkey",
                             .kind = constraint_kind::primary_key,
                             .columns = {1},
                             .check_sql = {},
                             .foreign_columns = {},
                             .comment = {}});
    return r;
}

void refer(schema::relation& r, schema::oid to) {
    r.constraints.push_back({.id = r.id + 2000,
                             .name = r.name + "_fkey",
                             .kind = constraint_kind::foreign_key,
                             .columns = {1},
                             .check_sql = {},
                             .foreign_relation = to,
                             .foreign_columns = {1},
                             .comment = {}});
}

schema::schema schema_of(std::vector<schema::relation> relations) {
    schema::schema s;
    s.namespaces = {{.id = schema::public_oid, .name = "public", .comment = {}}};
    for (auto& r : relations) {
        s.relations.push_back(std::make_shared<const schema::relation>(std::move(r)));
    }
    s.index_names();
    return s;
}

TEST(table_text, mem0s_history) {
    auto r = table(1, "history");
    r.columns.push_back({.name = "memory_id",
                         .type = {.id = type_oid::text},
                         .attnum = 2,
                         .default_sql = {},
                         .collation = {},
                         .comment = {}});
    r.columns.push_back({.name = "is_deleted",
                         .type = {.id = type_oid::int4},
                         .attnum = 3,
                         .default_sql = "0",
                         .collation = {},
                         .comment = {}});
    const auto s = schema_of({r});
    const auto texts = table_definition(s, *s.relations[0]);
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0],
              "CREATE TABLE IF NOT EXISTS public.history (id text NOT NULL, memory_id text, "
              "is_deleted integer DEFAULT 0, CONSTRAINT history_pkey PRIMARY KEY (id))");
    EXPECT_EQ(texts[1],
              "CREATE INDEX IF NOT EXISTS historyd_history_memory_id ON public.history "
              "(memory_id)");
}

TEST(table_text, referenced_tables_come_first_and_circles_end) {
    auto child = table(1, "child"), parent = table(2, "parent");
    refer(child, 2);
    auto a = table(3, "a"), b = table(4, "b");
    refer(a, 4);
    refer(b, 3);
    const auto s = schema_of({child, parent, a, b});
    std::vector<std::string> names;
    for (const auto* r : parents_first(s)) names.push_back(r->name);
    EXPECT_EQ(names, (std::vector<std::string>{"parent", "child", "b", "a"}));
    EXPECT_NE(table_definition(s, *s.relations[0])[0].find("REFERENCES public.parent(id)"),
              std::string::npos);
}

}  // namespace
}  // namespace historyd::outbox
