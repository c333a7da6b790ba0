#include "storage/schema/schema.hpp"

#include <gtest/gtest.h>

namespace historyd::schema {
namespace {

schema two_namespaces() {
    schema s;
    s.namespaces = {{.id = public_oid, .name = "public", .comment = {}},
                    {.id = 16384, .name = "a.b", .comment = {}},
                    {.id = 16385, .name = "a", .comment = {}}};
    const auto add = [&](oid id, oid space, std::string name) {
        auto r = std::make_shared<relation>();
        r->id = id;
        r->namespace_id = space;
        r->name = std::move(name);
        s.relations.push_back(std::move(r));
    };
    add(1, public_oid, "t");
    add(2, 16384, "c");
    add(3, 16385, "b.c");
    s.index_names();
    return s;
}

TEST(schema, names_with_dots_stay_apart) {
    const auto s = two_namespaces();
    ASSERT_NE(s.find_relation("a.b", "c"), nullptr);
    EXPECT_EQ(s.find_relation("a.b", "c")->id, 2U);
    ASSERT_NE(s.find_relation("a", "b.c"), nullptr);
    EXPECT_EQ(s.find_relation("a", "b.c")->id, 3U);
    EXPECT_EQ(s.find_relation("a", "c"), nullptr);
}

TEST(schema, look_ups_are_exact) {
    const auto s = two_namespaces();
    EXPECT_NE(s.find_relation("public", "t"), nullptr);
    EXPECT_EQ(s.find_relation("public", "T"), nullptr);
    EXPECT_EQ(s.find_relation(1)->name, "t");
    EXPECT_EQ(s.find_relation(99), nullptr);
}

TEST(schema, indexes_and_sequences_are_found_in_their_namespace) {
    auto s = two_namespaces();
    auto r = std::make_shared<relation>(*s.relations[1]);
    r->indexes.push_back({.id = 7, .name = "i", .keys = {}, .predicate_sql = {}, .comment = {}});
    s.relations[1] = r;
    s.sequences.push_back({.id = 8, .namespace_id = 16385, .name = "q", .comment = {}});
    s.index_names();
    EXPECT_EQ(s.find_index("a.b", "i").second->id, 7U);
    EXPECT_EQ(s.find_index("public", "i").second, nullptr);
    EXPECT_EQ(s.find_index("i").first->id, 2U);
    EXPECT_EQ(s.find_sequence("a", "q")->id, 8U);
    EXPECT_EQ(s.find_sequence("public", "q"), nullptr);
    EXPECT_EQ(s.find_sequence("q")->id, 8U);
}

}  // namespace
}  // namespace historyd::schema
