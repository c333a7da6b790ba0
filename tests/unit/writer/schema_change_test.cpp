#include "storage/schema/own_tables.hpp"
#include "writer_fixture.hpp"

namespace historyd::writer {
namespace {

using SchemaChange = WriterTest;

bool has_table(const schema::schema_ptr& s, const std::string& name) {
    return s->find_relation("public", name) != nullptr;
}

TEST_F(SchemaChange, IsPublishedWithItsCommit) {
    const auto before = w().schema();
    const auto made = run(unit(ddl({"CREATE TABLE t(a INTEGER)"})));
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_NE(made->schema, nullptr);
    EXPECT_EQ(made->schema, w().schema());
    EXPECT_GT(w().schema()->epoch, before->epoch);
    EXPECT_TRUE(has_table(w().schema(), "t"));
    EXPECT_FALSE(has_table(before, "t"));
}

TEST_F(SchemaChange, AFailingStepUndoesTheOthers) {
    const auto before = w().schema();
    EXPECT_FALSE(run(unit(ddl({"CREATE TABLE t(a INTEGER)", "CREATE TABLE t(a INTEGER)"}))));
    EXPECT_EQ(w().schema(), before);
    EXPECT_EQ(committed("SELECT count(*) FROM sqlite_schema WHERE name = 't'"), 0);
}

TEST_F(SchemaChange, AFailedCommitTakesItBack) {
    const auto before = w().schema();
    disk_.wal_write_code = SQLITE_FULL;
    EXPECT_FALSE(run(unit(ddl({"CREATE TABLE t(a INTEGER)"}))));
    disk_.wal_write_code = 0;
    EXPECT_EQ(w().schema(), before);
    make("CREATE TABLE t(a INTEGER)");
    EXPECT_TRUE(has_table(w().schema(), "t"));
}

TEST_F(SchemaChange, PlansQueuedBehindItAreStale) {
    make("CREATE TABLE t(a INTEGER)");
    auto held = acquire();
    auto change = start(unit(ddl({"CREATE TABLE u(a INTEGER)"})));
    auto behind = start(unit(dml("INSERT INTO t VALUES (1)")));
    held = {};
    EXPECT_TRUE(change.get());
    EXPECT_EQ(behind.get().error().sqlstate, stale_plan_sqlstate);
    EXPECT_TRUE(run("INSERT INTO t VALUES (1)"));
}

TEST_F(SchemaChange, ATableCanBeMadeAnewUnderItsReferences) {
    make("CREATE TABLE p(id INTEGER PRIMARY KEY)");
    make("CREATE TABLE c(p_id INTEGER REFERENCES p(id) ON DELETE CASCADE)");
    ASSERT_TRUE(run("INSERT INTO p VALUES (1)"));
    ASSERT_TRUE(run("INSERT INTO c VALUES (1)"));
    const auto made = run(unit(ddl({"CREATE TABLE p_new(id INTEGER PRIMARY KEY, x INTEGER)",
                                    "INSERT INTO p_new(id) SELECT id FROM p", "DROP TABLE p",
                                    "ALTER TABLE p_new RENAME TO p"})));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(committed("SELECT count(*) FROM c"), 1);
    EXPECT_EQ(run("INSERT INTO c VALUES (2)").error().sqlstate, sqlstate::foreign_key_violation);
}

TEST_F(SchemaChange, AnotherProgramsTableIsNoticedWithTheNextWrite) {
    make("CREATE TABLE t(a INTEGER)");
    auto planned = unit(dml("INSERT INTO t VALUES (1)"));
    {
        auto other = sqlite::database::open(file(), sqlite::open_mode::read_write_create, {});
        ASSERT_TRUE((*other)->run("CREATE TABLE theirs(a INTEGER)"));
    }
    EXPECT_EQ(run(std::move(planned)).error().sqlstate, stale_plan_sqlstate);
    EXPECT_TRUE(has_table(w().schema(), "theirs"));
    EXPECT_TRUE(run("INSERT INTO t VALUES (1)"));
}

TEST_F(SchemaChange, AnotherProgramsTableIsNoticedWhileIdle) {
    make("CREATE TABLE t(a INTEGER)");
    const auto commits = w().commit_count();
    {
        auto other = sqlite::database::open(file(), sqlite::open_mode::read_write_create, {});
        ASSERT_TRUE((*other)->run("CREATE TABLE theirs(a INTEGER)"));
    }
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!has_table(w().schema(), "theirs") && std::chrono::steady_clock::now() < patience) {
        std::this_thread::yield();
    }
    EXPECT_TRUE(has_table(w().schema(), "theirs"));
    writer_->drain({});
    EXPECT_GT(w().commit_count(), commits);
}

TEST_F(SchemaChange, AMem0FileIsServedInPlaceWithAnIndex) {
    {
        auto mem0 = sqlite::database::open(file(), sqlite::open_mode::read_write_create, {});
        ASSERT_TRUE(
            (*mem0)->run("CREATE TABLE history(id TEXT PRIMARY KEY, memory_id TEXT, "
                         "created_at DATETIME); "
                         "INSERT INTO history VALUES ('x', 'm', '2024-07-01T00:00:00')"));
    }
    EXPECT_TRUE(has_table(w().schema(), "history"));
    EXPECT_EQ(committed("SELECT count(*) FROM history"), 1);
    EXPECT_EQ(committed("SELECT count(*) FROM pragma_index_list('history') AS l, "
                        "pragma_index_info(l.name) AS i WHERE i.name = 'memory_id'"),
              1);
}

TEST_F(SchemaChange, SequencePositionsAreStoredWithTheCommit) {
    schema::sequence s;
    s.id = 17000;
    s.name = "s";
    std::vector<schema::own_change> changes;
    schema::save_sequence(s, changes);
    auto plan = std::make_shared<sql::plan>(*ddl({}));
    for (auto& c : changes) plan->steps.push_back({c.sql, c.parameters});
    ASSERT_TRUE(run(unit(plan)));
    EXPECT_EQ(*sequences_->next(s.id), 1);
    EXPECT_EQ(*sequences_->next(s.id), 2);
    disk_.wal_write_code = SQLITE_FULL;
    EXPECT_FALSE(run(unit(std::vector<write_statement>{})));
    disk_.wal_write_code = 0;
    EXPECT_TRUE(run(unit(std::vector<write_statement>{})));
    EXPECT_EQ(committed("SELECT last_value FROM historyd_sequence_position WHERE oid = 17000"), 2);
    EXPECT_EQ(*sequences_->next(s.id), 3);
    writer_.reset();  // what was not stored before the end is handed out again
    (void)w();
    EXPECT_EQ(*sequences_->next(s.id), 3);
}

TEST_F(SchemaChange, OneServesAFileAtATime) {
    (void)w();
    try {
        writer second(file(), {}, sequences_, {});
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_NE(std::string(e.what()).find("already served"), std::string::npos);
    }
}

}  // namespace
}  // namespace historyd::writer
