#include "storage/catalog/schema_store.hpp"

#include <gtest/gtest.h>

#include "storage/base/value_rows.hpp"
#include "storage/schema/own_tables.hpp"
#include "tests/unit/sqlite/temporary_directory.hpp"

// The schema of a file: what historyd wrote about its tables, and what it makes of tables that
// other programs made.

namespace historyd::catalog {
namespace {

namespace t = types::type_oid;

// What mem0 2.0 creates (mem0.memory.storage), and the Node SDK.
constexpr const char* mem0_tables = R"(
    CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory TEXT,
        event TEXT, created_at DATETIME, updated_at DATETIME, is_deleted INTEGER, actor_id TEXT,
        role TEXT);
    CREATE TABLE messages (id TEXT PRIMARY KEY, session_scope TEXT, role TEXT, content TEXT,
        name TEXT, created_at DATETIME);
    CREATE TABLE memory_history (id INTEGER PRIMARY KEY AUTOINCREMENT, memory_id TEXT NOT NULL,
        previous_value TEXT, new_value TEXT, action TEXT NOT NULL,
        created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT, is_deleted INTEGER DEFAULT 0);)";

class schema_store : public testing::Test {
protected:
    void SetUp() override {
        auto opened = sqlite::database::open(directory_.file("store.db"),
                                             sqlite::open_mode::read_write_create, {});
        ASSERT_TRUE(opened) << opened.error().message;
        db_ = std::move(*opened);
    }
    void run(const std::string& sql) {
        auto done = db_->run(sql);
        ASSERT_TRUE(done) << done.error().message << "\n" << sql;
    }
    void store(const schema::relation& r) {
        std::vector<schema::own_change> changes;
        schema::save_relation(r, changes);
        for (const auto& c : changes) {
            auto done = db_->execute(c.sql, c.parameters, nullptr);
            ASSERT_TRUE(done) << done.error().message << "\n" << c.sql;
        }
    }
    std::shared_ptr<schema::schema> load() {
        auto loaded = load_schema(*db_);
        EXPECT_TRUE(loaded) << loaded.error().message;
        return loaded ? *loaded : nullptr;
    }

    temporary_directory directory_;
    std::unique_ptr<sqlite::database> db_;
};

TEST_F(schema_store, a_file_without_own_tables_is_read_without_being_written) {
    run(mem0_tables);
    const auto s = load();
    ASSERT_NE(s->find_relation("public", "history"), nullptr);
    EXPECT_EQ(s->next_oid, schema::first_user_oid);
    value_rows rows;
    ASSERT_TRUE(
        db_->execute("SELECT name FROM sqlite_schema WHERE name LIKE 'historyd%'", {}, &rows));
    EXPECT_TRUE(rows.rows.empty());
}

TEST_F(schema_store, mem0s_history_is_typed) {
    run(mem0_tables);
    const auto s = load();
    const auto& history = *s->find_relation("public", "history");
    EXPECT_TRUE(history.foreign_made);
    EXPECT_FALSE(history.has_rowid_key);
    EXPECT_EQ(history.columns.size(), 10U);
    EXPECT_EQ(history.find_column("created_at")->type.id, t::timestamptz);
    EXPECT_TRUE(history.find_column("created_at")->foreign_form);
    EXPECT_EQ(history.find_column("memory_id")->type.id, t::text);
    EXPECT_FALSE(history.find_column("memory_id")->foreign_form);
    EXPECT_EQ(history.find_column("is_deleted")->type.id, t::int4);
    ASSERT_NE(history.primary_key(), nullptr);
    EXPECT_EQ(history.primary_key()->name, "history_pkey");
    EXPECT_TRUE(history.find_column("id")->not_null);
}

TEST_F(schema_store, an_autoincrement_key_becomes_an_identity) {
    run(mem0_tables);
    run("INSERT INTO memory_history(memory_id, action) VALUES ('m', 'ADD'), ('m', 'ADD')");
    run("DELETE FROM memory_history WHERE id = 2");
    const auto s = load();
    const auto& table = *s->find_relation("public", "memory_history");
    EXPECT_TRUE(table.has_rowid_key);
    EXPECT_EQ(table.find_column("id")->type.id, t::int8);
    EXPECT_EQ(table.find_column("id")->identity, 'd');
    EXPECT_EQ(table.find_column("is_deleted")->default_sql, "0");
    const auto* numbering = s->find_sequence("memory_history_id_seq");
    ASSERT_NE(numbering, nullptr);
    auto positions = load_sequence_positions(*db_, *s);
    ASSERT_TRUE(positions);
    // AUTOINCREMENT never gives a number twice: 2 counts though its row is gone.
    EXPECT_EQ(positions->at(numbering->id), std::pair(std::int64_t{2}, true));
}

TEST_F(schema_store, a_default_only_sqlite_knows_makes_rows_unpredictable) {
    run(mem0_tables);
    const auto s = load();
    EXPECT_TRUE(s->find_relation("public", "memory_history")->has_opaque_rules);
    EXPECT_FALSE(s->find_relation("public", "history")->has_opaque_rules);
}

TEST_F(schema_store, oids_of_other_programs_tables_do_not_move) {
    run(mem0_tables);
    const auto before = load();
    run("CREATE TABLE aaa (x TEXT); CREATE INDEX hm ON history(memory_id)");
    const auto after = load();
    const auto& b = *before->find_relation("public", "history");
    const auto& a = *after->find_relation("public", "history");
    EXPECT_EQ(a.id, b.id);
    EXPECT_GE(a.id, 1U << 30);
    EXPECT_EQ(a.primary_key()->id, b.primary_key()->id);
    EXPECT_EQ(after->find_index("hm").first, &a);
}

TEST_F(schema_store, own_and_internal_tables_are_invisible) {
    run("BEGIN");
    ASSERT_TRUE(create_own_tables(*db_));
    run("COMMIT");
    run(mem0_tables);
    run("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);"
        "CREATE TABLE _litestream_lock (id INTEGER)");
    const auto loaded = load();
    for (const auto& r : loaded->relations) {
        EXPECT_FALSE(r->name.starts_with("historyd_")) << r->name;
        EXPECT_FALSE(r->name.starts_with("sqlite_")) << r->name;
        EXPECT_FALSE(r->name.starts_with("_litestream_")) << r->name;
    }
}

TEST_F(schema_store, a_stored_relation_reads_back) {
    run("BEGIN");
    ASSERT_TRUE(create_own_tables(*db_));
    run("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
    schema::relation r;
    r.id = 16390;
    r.name = r.sqlite_name = "t";
    r.has_rowid_key = true;
    r.comment = "about t";
    r.next_attnum = 5;
    r.columns.push_back({.name = "a",
                         .type = {.id = t::int4},
                         .attnum = 1,
                         .not_null = true,
                         .identity = 'a',
                         .default_sql = {},
                         .collation = {},
                         .comment = {}});
    r.columns.push_back({.name = "b",
                         .type = {.id = t::varchar, .typmod = 14},
                         .attnum = 4,
                         .default_sql = "'x'::character varying",
                         .collation = "C",
                         .comment = "about b"});
    r.indexes.push_back({.id = 16391,
                         .name = "i",
                         .keys = {{.attnum = 0,
                                   .expression_sql = "lower(b)",
                                   .descending = true,
                                   .nulls_first = true,
                                   .operator_class = "text_pattern_ops"}},
                         .unique = true,
                         .predicate_sql = "(a > 1)",
                         .method = "gin",
                         .comment = "about i"});
    r.constraints.push_back({.id = 16392,
                             .name = "c",
                             .kind = schema::constraint_kind::foreign_key,
                             .columns = {1, 4},
                             .check_sql = {},
                             .foreign_relation = 16400,
                             .foreign_columns = {2, 3},
                             .on_update = 'c',
                             .on_delete = 'n',
                             .deferrable = true,
                             .initially_deferred = true,
                             .comment = {}});
    store(r);
    run("COMMIT");
    const auto s = load();
    const auto* read = s->find_relation(16390);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(read->comment, "about t");
    EXPECT_EQ(read->next_attnum, 5);
    EXPECT_TRUE(read->has_rowid_key);
    ASSERT_EQ(read->columns.size(), 2U);
    EXPECT_EQ(read->columns[0].identity, 'a');
    EXPECT_FALSE(read->columns[0].default_sql.has_value());
    EXPECT_EQ(read->columns[1].attnum, 4);
    EXPECT_EQ(read->columns[1].type, (types::type_ref{.id = t::varchar, .typmod = 14}));
    EXPECT_EQ(read->columns[1].default_sql, "'x'::character varying");
    EXPECT_EQ(read->columns[1].collation, "C");
    ASSERT_EQ(read->indexes.size(), 1U);
    EXPECT_EQ(read->indexes[0].keys.at(0).expression_sql, "lower(b)");
    EXPECT_TRUE(read->indexes[0].keys.at(0).descending);
    EXPECT_EQ(read->indexes[0].keys.at(0).operator_class, "text_pattern_ops");
    EXPECT_EQ(read->indexes[0].predicate_sql, "(a > 1)");
    ASSERT_EQ(read->constraints.size(), 1U);
    EXPECT_EQ(read->constraints[0].columns, (std::vector<std::int16_t>{1, 4}));
    EXPECT_EQ(read->constraints[0].on_delete, 'n');
    EXPECT_TRUE(read->constraints[0].initially_deferred);
}

TEST_F(schema_store, what_another_program_dropped_or_added_is_noticed) {
    run("BEGIN");
    ASSERT_TRUE(create_own_tables(*db_));
    run("CREATE TABLE gone (a INTEGER); CREATE TABLE kept (a INTEGER)");
    for (const auto* name : {"gone", "kept"}) {
        schema::relation r;
        r.id = name[0] == 'g' ? 16384 : 16385;
        r.name = r.sqlite_name = name;
        r.next_attnum = 2;
        r.columns.push_back({.name = "a",
                             .type = {.id = t::int8},
                             .attnum = 1,
                             .default_sql = {},
                             .collation = {},
                             .comment = {}});
        store(r);
    }
    run("COMMIT");
    run("DROP TABLE gone; ALTER TABLE kept ADD COLUMN b DATETIME;"
        "CREATE UNIQUE INDEX kept_b ON kept(b)");
    const auto s = load();
    EXPECT_EQ(s->find_relation("public", "gone"), nullptr);
    const auto& kept = *s->find_relation("public", "kept");
    EXPECT_EQ(kept.find_column("a")->type.id, t::int8);  // as stored, not as declared
    ASSERT_NE(kept.find_column("b"), nullptr);
    EXPECT_EQ(kept.find_column("b")->attnum, 2);
    EXPECT_EQ(kept.find_column("b")->type.id, t::timestamptz);
    ASSERT_EQ(kept.indexes.size(), 1U);
    EXPECT_TRUE(kept.indexes[0].unique);
}

TEST_F(schema_store, a_newer_format_is_refused) {
    run("BEGIN");
    ASSERT_TRUE(create_own_tables(*db_));
    run("UPDATE historyd_catalog SET format = 99; COMMIT");
    const auto loaded = load_schema(*db_);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().sqlstate, sqlstate::data_corrupted);
}

TEST_F(schema_store, mem0s_tables_get_their_indexes_once) {
    run(mem0_tables);
    run("CREATE INDEX mine ON memory_history(memory_id, created_at)");
    for (int i = 0; i < 2; ++i) {
        run("BEGIN");
        ASSERT_TRUE(ensure_mem0_indexes(*db_));
        run("COMMIT");
    }
    value_rows rows;
    ASSERT_TRUE(
        db_->execute("SELECT name FROM sqlite_schema WHERE type = 'index'"
                     " AND name LIKE 'historyd%' ORDER BY name",
                     {}, &rows));
    ASSERT_EQ(rows.rows.size(), 2U);
    EXPECT_EQ(std::get<std::string>(rows.rows[0][0]), "historyd_history_memory_id");
    EXPECT_EQ(std::get<std::string>(rows.rows[1][0]), "historyd_messages_session_scope");
    rows.rows.clear();
    ASSERT_TRUE(
        db_->execute("EXPLAIN QUERY PLAN SELECT * FROM history WHERE memory_id = 'x'", {}, &rows));
    EXPECT_NE(std::get<std::string>(rows.rows.at(0).at(3)).find("historyd_history_memory_id"),
              std::string::npos);
}

TEST_F(schema_store, our_index_gives_way_to_another_and_comes_back) {
    run(mem0_tables);
    const auto own = [&] {
        run("BEGIN");
        EXPECT_TRUE(ensure_mem0_indexes(*db_));
        run("COMMIT");
        value_rows rows;
        EXPECT_TRUE(db_->execute(
            "SELECT name FROM sqlite_schema WHERE name = 'historyd_history_memory_id'", {}, &rows));
        return rows.rows.size();
    };
    EXPECT_EQ(own(), 1U);
    run("CREATE INDEX partial ON history(memory_id) WHERE is_deleted = 0");
    EXPECT_EQ(own(), 1U);
    run("CREATE INDEX theirs ON history(memory_id, created_at)");
    EXPECT_EQ(own(), 0U);
    run("DROP INDEX theirs");
    EXPECT_EQ(own(), 1U);
}

TEST_F(schema_store, foreign_keys_of_other_programs_are_seen) {
    run("CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (p INTEGER REFERENCES parent ON DELETE CASCADE)");
    const auto s = load();
    const auto& child = *s->find_relation("public", "child");
    ASSERT_EQ(child.constraints.size(), 1U);
    const auto& key = child.constraints[0];
    EXPECT_EQ(key.name, "child_p_fkey");
    EXPECT_EQ(key.foreign_relation, s->find_relation("public", "parent")->id);
    EXPECT_EQ(key.foreign_columns, std::vector<std::int16_t>{1});
    EXPECT_EQ(key.on_delete, 'c');
}

}  // namespace
}  // namespace historyd::catalog
