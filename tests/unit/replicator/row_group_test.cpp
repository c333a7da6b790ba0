#include "storage/replicator/row_group.hpp"

#include <gtest/gtest.h>

#include "storage/replicator/change_text.hpp"
#include "storage/replicator/ddl_facts.hpp"

namespace historyd::replicator {
namespace {

using outbox::change;
using outbox::change_op;

class RowGroup : public ::testing::Test {
protected:
    static remote_column column(const char* name, const char* type) {
        remote_column out;
        out.name = name;
        out.type = out.full_type = type;
        return out;
    }

    RowGroup() {
        for (const auto* name : {"a", "b"}) {
            remote_table t{.schema_name = "public",
                           .name = name,
                           .columns = {column("id", "text"), column("n", "integer")}};
            tables_.emplace("public." + std::string(name), std::move(t));
        }
    }

    void add(change_op op, const char* table, const char* id, value n = std::int64_t{1}) {
        change c;
        c.seq = static_cast<std::int64_t>(changes_.size()) + 1;
        c.op = op;
        c.table = table;
        c.key = {{"id", std::string(id)}};
        if (op == change_op::insert || op == change_op::put) c.row = {{"id", std::string(id)}};
        if (op != change_op::remove) c.row.push_back({"n", std::move(n)});
        changes_.push_back(std::move(c));
    }

    // "insert a 2": the groups, each with its rows.
    std::vector<std::string> groups() {
        std::vector<const change*> pointers;
        for (const auto& c : changes_) pointers.push_back(&c);
        auto grouped = group_rows(pointers, tables_);
        if (!grouped) return {grouped.error().sqlstate + " " + grouped.error().message};
        std::vector<std::string> out;
        for (const auto& g : *grouped) {
            const auto text = described(*g.changes.front());
            out.push_back(text.substr(0, text.find(' ')) + " " + g.table->name + " " +
                          std::to_string(g.changes.size()));
        }
        return out;
    }

    using names = std::vector<std::string>;
    remote_tables tables_;
    std::vector<change> changes_;
};

TEST_F(RowGroup, RowsOfOneTableShareAStatementAcrossOthers) {
    add(change_op::insert, "public.a", "1");
    add(change_op::insert, "public.b", "1");
    add(change_op::insert, "public.a", "2");
    add(change_op::insert, "public.b", "2");
    EXPECT_EQ(groups(), (names{"insert a 2", "insert b 2"}));
}

TEST_F(RowGroup, ATablesOwnOrderIsKept) {
    add(change_op::insert, "public.a", "1");
    add(change_op::remove, "public.a", "1");
    add(change_op::insert, "public.a", "1");
    EXPECT_EQ(groups(), (names{"insert a 1", "delete a 1", "insert a 1"}));
}

TEST_F(RowGroup, TablesWithForeignKeysKeepTheirPlace) {
    tables_.at("public.a").has_foreign_keys = true;
    add(change_op::insert, "public.a", "1");
    add(change_op::insert, "public.b", "1");
    add(change_op::insert, "public.a", "2");
    add(change_op::insert, "public.a", "3");
    EXPECT_EQ(groups(), (names{"insert a 1", "insert b 1", "insert a 2"}));
}

TEST_F(RowGroup, NoRowIsChangedTwiceInAStatement) {
    add(change_op::update, "public.a", "1", std::int64_t{1});
    add(change_op::update, "public.a", "2", std::int64_t{1});
    add(change_op::update, "public.a", "1", std::int64_t{2});
    EXPECT_EQ(groups(), (names{"update a 2", "update a 1"}));
}

TEST_F(RowGroup, AStatementIsNotLongUnlessRowsMayReferToEachOther) {
    for (std::size_t i = 0; i <= group_rows_max; ++i) {
        add(change_op::insert, "public.a", std::to_string(i).c_str());
    }
    EXPECT_EQ(groups(), (names{"insert a 1000", "insert a 1"}));
    tables_.at("public.a").has_foreign_keys = true;
    EXPECT_EQ(groups(), (names{"insert a 1001"}));
}

TEST_F(RowGroup, AChangeOfAKeyIsAlone) {
    add(change_op::update, "public.a", "1");
    add(change_op::update, "public.a", "2");
    changes_[0].row = changes_[1].row = {{"id", std::string("x")}};
    EXPECT_EQ(groups(), (names{"update a 1", "update a 1"}));
}

TEST_F(RowGroup, AColumnThatIsNotThereIsNamed) {
    add(change_op::insert, "public.a", "1");
    changes_[0].row.push_back({"role", std::string("user")});
    EXPECT_EQ(groups(), (names{"42703 column \"role\" of \"public\".\"a\" is in the SQLite file "
                               "and not on the backend"}));
}

TEST_F(RowGroup, GeneratedColumnsAreLeftToTheBackend) {
    tables_.at("public.a").columns[1].generated = true;
    add(change_op::insert, "public.a", "1");
    const std::vector<const change*> one = {&changes_[0]};
    const auto grouped = group_rows(one, tables_);
    ASSERT_TRUE(grouped);
    EXPECT_EQ(grouped->at(0).columns, (names{"id"}));
}

TEST(ValueText, IsWhatPostgresqlReads) {
    EXPECT_EQ(value_text(value()), std::nullopt);
    EXPECT_EQ(value_text(std::int64_t{-5}), "-5");
    EXPECT_EQ(value_text(0.1), "0.1");
    EXPECT_EQ(value_text(1e300), "1e+300");
    EXPECT_EQ(value_text(-HUGE_VAL), "-Infinity");
    EXPECT_EQ(value_text(std::string("it's")), "it's");
    EXPECT_EQ(value_text(blob{std::string("\0\xff", 2)}), "\\x00ff");
}

TEST(HashText, GoesBothWays) {
    outbox::chain_hash h{};
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = static_cast<unsigned char>(i * 37);
    EXPECT_EQ(hash_of(hash_text(h)), h);
    EXPECT_EQ(hash_text(outbox::chain_hash{}), std::string(64, '0'));
    EXPECT_EQ(hash_of(""), outbox::chain_hash{});
}

TEST(ChangeText, JsonIsEscaped) {
    change c;
    c.txid = 4;
    c.op = change_op::insert;
    c.table = "public.t";
    c.row = {{"a", std::string("\"\\\n")}, {"b", value()}};
    EXPECT_EQ(
        json_of(c),
        R"({"op": "insert", "table": "public.t", "txid": 4, "row": {"a": "\"\\\u000a", "b": null}})");
}

TEST(DdlFacts, WhatIsDoneAlreadyIsKnownByWhatItMakes) {
    const auto create = facts_of("CREATE TABLE public.t (id text PRIMARY KEY, n int, UNIQUE (n))");
    EXPECT_EQ(create.columns, (std::vector<std::string>{"id", "n"}));
    EXPECT_TRUE(is_done_already(create, "42P07"));
    EXPECT_FALSE(is_done_already(create, "42P01"));
    EXPECT_TRUE(is_done_already(facts_of("CREATE INDEX i ON t (a)"), "42P07"));
    EXPECT_TRUE(is_done_already(facts_of("DROP TABLE t"), "42P01"));
    EXPECT_TRUE(is_done_already(facts_of("ALTER TABLE t DROP COLUMN a"), "42703"));
    EXPECT_FALSE(is_done_already(facts_of("ALTER TABLE t ADD COLUMN a int"), "42P01"));
    EXPECT_TRUE(is_done_already(facts_of("ALTER TABLE t ADD COLUMN a int"), "42701"));
    EXPECT_FALSE(is_done_already(facts_of("this is no SQL"), "42601"));
}

}  // namespace
}  // namespace historyd::replicator
