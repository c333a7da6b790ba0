#include "storage/transfer/mover.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "temporary_directory.hpp"

namespace historyd::transfer {
namespace {

record history(const std::string& id, const std::string& text) {
    record r{.table = 0, .fields = {}, .defect = {}};
    r.fields.resize(tables()[0].columns.size());
    r.fields[0] = id;
    r.fields[1] = "m";
    r.fields[3] = text;
    return r;
}

// Keeps rows in memory, by id; counts how often it was asked to find.
class memory_target : public row_target {
public:
    const std::string& name() const override { return name_; }
    bool takes_defects() const override { return false; }
    result<row_identity> prepare(std::size_t /*table*/, bool /*dry_run*/) override {
        ++prepared;
        return row_identity::whole;
    }
    result<std::vector<std::optional<record>>> find(std::span<const record> batch) override {
        ++finds;
        std::vector<std::optional<record>> out;
        for (const auto& r : batch) {
            const auto at = rows.find(*r.fields[0]);
            out.push_back(at == rows.end() ? std::nullopt : std::optional(at->second));
        }
        return out;
    }
    result<std::size_t> insert(std::span<const record> batch) override {
        for (const auto& r : batch) {
            if (rows.contains(*r.fields[0])) return sql_error(sqlstate::unique_violation, "there");
        }
        for (const auto& r : batch) rows.emplace(*r.fields[0], r);
        return 0;
    }
    result<void> finish() override { return {}; }

    std::map<std::string, record> rows;
    int finds = 0, prepared = 0;

private:
    std::string name_ = "memory";
};

class Mover : public ::testing::Test {
protected:
    void store(const std::vector<record>& rows) { ASSERT_TRUE(mover_.store("a.db", rows)); }
    const table_counts& counts() const { return mover_.counts().at(0); }
    std::size_t reported() const {
        std::ifstream file(dir_.file("report"));
        return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
    }

    temporary_directory dir_;
    memory_target target_;
    difference_report report_{dir_.file("report").string()};
    mover mover_{target_, report_, false};
};

TEST_F(Mover, StoresWhatIsNewAndSkipsWhatIsThere) {
    target_.rows.emplace("a", history("a", "x"));
    store({history("a", "x"), history("b", "y")});
    EXPECT_EQ(target_.rows.size(), 2u);
    EXPECT_EQ(counts().added, 1u);
    EXPECT_EQ(counts().there, 1u);
    EXPECT_EQ(reported(), 0u);
}

TEST_F(Mover, ADifferentRowUnderTheSameIdIsReportedAndNotTouched) {
    target_.rows.emplace("a", history("a", "theirs"));
    store({history("a", "ours")});
    EXPECT_EQ(target_.rows.at("a").fields[3], "theirs");
    EXPECT_EQ(counts().different, 1u);
    EXPECT_EQ(reported(), 1u);
    ASSERT_TRUE(mover_.compare(std::vector{history("a", "ours")}));
    EXPECT_NE(counts().source, counts().target);
}

TEST_F(Mover, OneBatchMayHaveAnIdTwice) {
    store({history("a", "x"), history("a", "x"), history("a", "z")});
    EXPECT_EQ(target_.rows.size(), 1u);
    EXPECT_EQ(counts().there, 1u);
    EXPECT_EQ(counts().different, 1u);
}

TEST_F(Mover, StopsLookingWhileNothingIsFoundAndLooksAgainAtADuplicate) {
    for (const auto* id : {"a", "b", "c", "d"}) store({history(id, "x")});
    EXPECT_EQ(target_.finds, 2);
    store({history("a", "x"), history("e", "x")});
    EXPECT_EQ(counts().there, 1u);
    EXPECT_EQ(counts().added, 5u);
    EXPECT_EQ(counts().read, 6u);
    const auto finds = target_.finds;
    store({history("f", "x")});
    EXPECT_EQ(target_.finds, finds + 1);
}

TEST_F(Mover, AnotherSourceIsLookedUpAgain) {
    for (const auto* id : {"a", "b", "c"}) store({history(id, "x")});
    mover_.begin_source();
    store({history("a", "x")});
    EXPECT_EQ(target_.finds, 3);
    EXPECT_EQ(target_.prepared, 1);
}

TEST_F(Mover, RowsThatPostgreSqlRefusesAreReported) {
    auto bad = history("a", "x");
    bad.defect = "created_at: not a date and time";
    store({bad, history("b", "y")});
    EXPECT_EQ(target_.rows.size(), 1u);
    EXPECT_EQ(counts().refused, 1u);
    EXPECT_EQ(reported(), 1u);
}

TEST_F(Mover, ADryRunStoresNothing) {
    mover dry(target_, report_, true);
    ASSERT_TRUE(dry.store("a.db", std::vector{history("a", "x")}));
    EXPECT_TRUE(target_.rows.empty());
    EXPECT_EQ(dry.counts().at(0).added, 1u);
}

TEST_F(Mover, TheReportReplacesNoFile) {
    std::ofstream(dir_.file("report")) << "mine";
    target_.rows.emplace("a", history("a", "theirs"));
    store({history("a", "ours")});
    EXPECT_EQ(report_.file(), dir_.file("report").string() + ".2");
    EXPECT_EQ(reported(), 0u);
}

}  // namespace
}  // namespace historyd::transfer
