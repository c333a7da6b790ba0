#include "storage/sql/statement.hpp"

#include <gtest/gtest.h>

namespace historyd::sql {
namespace {

result<statement> classified(const std::string& sql) {
    auto parsed = parse(sql);
    EXPECT_TRUE(parsed) << sql;
    if (!parsed || parsed->empty()) return unsupported("nothing");
    return classify(parsed->front());
}

template <class Kind>
Kind as(const std::string& sql) {
    auto s = classified(sql);
    EXPECT_TRUE(s) << sql << ": " << (s ? "" : s.error().message);
    if (!s) return {};
    const auto* kind = std::get_if<Kind>(&*s);
    EXPECT_NE(kind, nullptr) << sql;
    return kind == nullptr ? Kind{} : *kind;
}

std::string tag(const std::string& sql) {
    auto parsed = parse(sql);
    return parsed && !parsed->empty() ? command_tag(parsed->front()) : "no statement";
}

using assignment = std::pair<std::string, std::optional<std::string>>;

TEST(statement, transactions) {
    EXPECT_FALSE(as<begin_statement>("BEGIN").start);
    const auto start = as<begin_statement>(
        "START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE");
    EXPECT_TRUE(start.start);
    EXPECT_EQ(start.options.isolation, "repeatable read");
    EXPECT_EQ(start.options.read_only, true);
    EXPECT_EQ(start.options.deferrable, false);
    EXPECT_TRUE(as<commit_statement>("COMMIT AND CHAIN").chain);
    EXPECT_FALSE(as<commit_statement>("END").chain);
    EXPECT_FALSE(as<rollback_statement>("ABORT").chain);
    EXPECT_EQ(as<savepoint_statement>("SAVEPOINT \"A b\"").name, "A b");
    EXPECT_EQ(as<release_statement>("RELEASE s").name, "s");
    EXPECT_EQ(as<rollback_to_statement>("ROLLBACK TO SAVEPOINT s").name, "s");
    EXPECT_EQ(classified("PREPARE TRANSACTION 'x'").error().sqlstate,
              sqlstate::feature_not_supported);
}

TEST(statement, settings) {
    const std::pair<const char*, assignment> cases[] = {
        {"SET search_path TO a, \"B c\", public", {"search_path", "a, \"B c\", public"}},
        {"SET SCHEMA 'x'", {"search_path", "x"}},
        {"SET datestyle = ISO, DMY", {"datestyle", "iso, dmy"}},
        {"SET client_encoding = 'utf-8'", {"client_encoding", "utf-8"}},
        {"SET NAMES 'UTF8'", {"client_encoding", "UTF8"}},
        {"SET TIME ZONE 'Europe/Paris'", {"timezone", "Europe/Paris"}},
        {"SET TIME ZONE INTERVAL '1 hour'", {"timezone", "INTERVAL '1 hour'"}},
        {"SET TIME ZONE LOCAL", {"timezone", std::nullopt}},
        {"SET statement_timeout = -3", {"statement_timeout", "-3"}},
        {"SET x.y = 1.5", {"x.y", "1.5"}},
        {"SET jit TO off", {"jit", "off"}},
        {"SET work_mem TO DEFAULT", {"work_mem", std::nullopt}},
    };
    for (const auto& [sql, expected] : cases) {
        const auto set = as<set_statement>(sql);
        ASSERT_EQ(set.assignments.size(), 1U) << sql;
        EXPECT_EQ(set.assignments[0].first, expected.first) << sql;
        EXPECT_EQ(set.assignments[0].second, expected.second) << sql;
        EXPECT_FALSE(set.local) << sql;
    }
    EXPECT_TRUE(as<set_statement>("SET LOCAL x.y = 1").local);
    EXPECT_EQ(classified("SET work_mem = 1, 2").error().message,
              "SET work_mem takes only one argument");
    EXPECT_EQ(as<reset_statement>("RESET timezone").name, "timezone");
    EXPECT_FALSE(as<reset_statement>("RESET ALL").name.has_value());
    EXPECT_EQ(as<show_statement>("SHOW TRANSACTION ISOLATION LEVEL").name, "transaction_isolation");
    EXPECT_FALSE(as<show_statement>("SHOW ALL").name.has_value());
}

TEST(statement, set_transaction_is_several_settings) {
    const auto set = as<set_statement>("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE");
    ASSERT_EQ(set.assignments.size(), 2U);
    EXPECT_EQ(set.assignments[0], assignment("transaction_isolation", "serializable"));
    EXPECT_EQ(set.assignments[1], assignment("transaction_read_only", "off"));
    EXPECT_FALSE(set.session_characteristics);
    const auto session = as<set_statement>("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    ASSERT_EQ(session.assignments.size(), 1U);
    EXPECT_EQ(session.assignments[0], assignment("default_transaction_read_only", "on"));
    EXPECT_TRUE(session.session_characteristics);
}

TEST(statement, prepared) {
    const auto prepare = as<prepare_statement>("PREPARE p(int, text[]) AS SELECT $1, $2");
    EXPECT_EQ(prepare.name, "p");
    EXPECT_EQ(prepare.types,
              (std::vector<types::oid>{types::type_oid::int4, types::type_oid::text_array}));
    EXPECT_EQ(command_tag(prepare.query), "SELECT");
    EXPECT_EQ(classified("PREPARE p(datetime) AS SELECT 1").error().sqlstate,
              sqlstate::undefined_object);
    EXPECT_EQ(as<execute_statement>("EXECUTE p(1, 'x')").arguments.size(), 2U);
    EXPECT_EQ(as<deallocate_statement>("DEALLOCATE p").name, "p");
    EXPECT_FALSE(as<deallocate_statement>("DEALLOCATE ALL").name.has_value());
    EXPECT_EQ(as<discard_statement>("DISCARD SEQUENCES").what, "SEQUENCES");
}

TEST(statement, cursors) {
    const auto declare =
        as<declare_statement>("DECLARE c BINARY NO SCROLL CURSOR WITH HOLD FOR SELECT 1");
    EXPECT_TRUE(declare.binary && declare.no_scroll && declare.hold);
    EXPECT_FALSE(declare.scroll);
    using direction = fetch_statement::direction;
    struct expected {
        const char* sql;
        direction how;
        std::int64_t count;
        bool all, move;
    };
    constexpr expected cases[] = {
        {"FETCH c", direction::forward, 1, false, false},
        {"FETCH 5 FROM c", direction::forward, 5, false, false},
        {"FETCH PRIOR FROM c", direction::backward, 1, false, false},
        {"FETCH FIRST FROM c", direction::absolute, 1, false, false},
        {"FETCH LAST FROM c", direction::absolute, -1, false, false},
        {"MOVE RELATIVE -2 IN c", direction::relative, -2, false, true},
    };
    for (const auto& e : cases) {
        const auto fetch = as<fetch_statement>(e.sql);
        EXPECT_EQ(fetch.how, e.how) << e.sql;
        EXPECT_EQ(fetch.count, e.count) << e.sql;
        EXPECT_EQ(fetch.all, e.all) << e.sql;
        EXPECT_EQ(fetch.move, e.move) << e.sql;
        EXPECT_EQ(fetch.portal, "c") << e.sql;
    }
    EXPECT_TRUE(as<fetch_statement>("FETCH ALL FROM c").all);
    EXPECT_TRUE(as<fetch_statement>("FETCH BACKWARD ALL FROM c").all);
    EXPECT_FALSE(as<close_statement>("CLOSE ALL").name.has_value());
}

TEST(statement, copy) {
    const auto copy = as<copy_statement>(
        "COPY s.t(a, \"B\") FROM STDIN WITH (FORMAT csv, HEADER, DELIMITER ';', NULL 'x')");
    EXPECT_TRUE(copy.from && copy.header);
    EXPECT_EQ(copy.schema_name, "s");
    EXPECT_EQ(copy.table, "t");
    EXPECT_EQ(copy.columns, (std::vector<std::string>{"a", "B"}));
    EXPECT_EQ(copy.format, "csv");
    EXPECT_EQ(copy.delimiter, ";");
    EXPECT_EQ(copy.null_text, "x");
    EXPECT_EQ(as<copy_statement>("COPY t FROM STDIN CSV HEADER").format, "csv");
    EXPECT_TRUE(as<copy_statement>("COPY (SELECT 1) TO STDOUT").query.has_value());
    EXPECT_TRUE(as<copy_statement>("COPY t FROM STDIN WITH (FREEZE)").from);
    EXPECT_EQ(classified("COPY t FROM '/etc/passwd'").error().sqlstate,
              sqlstate::feature_not_supported);
    EXPECT_EQ(classified("COPY t TO PROGRAM 'x'").error().sqlstate,
              sqlstate::feature_not_supported);
    EXPECT_EQ(classified("COPY t TO STDOUT (FORMAT xml)").error().message,
              "COPY format \"xml\" not recognized");
    EXPECT_EQ(classified("COPY t TO STDOUT (QUOTE '''')").error().message,
              "COPY quote available only in CSV mode");
}

TEST(statement, listening) {
    EXPECT_EQ(as<listen_statement>("LISTEN a").channel, "a");
    EXPECT_FALSE(as<unlisten_statement>("UNLISTEN *").channel.has_value());
    EXPECT_EQ(as<notify_statement>("NOTIFY a, 'p'").payload, "p");
    EXPECT_TRUE(as<explain_statement>("EXPLAIN (ANALYZE, VERBOSE off) SELECT 1").analyze);
    EXPECT_FALSE(as<explain_statement>("EXPLAIN (ANALYZE false) SELECT 1").analyze);
}

// Ignored only where no answer can be wrong for it.
TEST(statement, what_is_ignored_and_what_is_refused) {
    for (const char* sql : {"VACUUM", "VACUUM ANALYZE t", "ANALYZE t", "CHECKPOINT",
                            "REINDEX TABLE t", "GRANT SELECT ON t TO PUBLIC"}) {
        EXPECT_TRUE(std::holds_alternative<no_op_statement>(*classified(sql))) << sql;
    }
    for (const char* sql : {"REVOKE SELECT ON t FROM PUBLIC", "DO 'x'", "CALL f()", "CREATE ROLE r",
                            "CREATE DATABASE d", "CREATE TYPE e AS ENUM ('a')",
                            "CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",
                            "ALTER SYSTEM SET work_mem = 1", "LOAD 'x'"}) {
        const auto refused = classified(sql);
        ASSERT_FALSE(refused) << sql;
        EXPECT_EQ(refused.error().sqlstate, sqlstate::feature_not_supported) << sql;
    }
    EXPECT_EQ(classified("CREATE TYPE e AS ENUM ('a')").error().message,
              "CREATE TYPE is not supported");
}

TEST(statement, tags) {
    const std::pair<const char*, const char*> cases[] = {
        {"BEGIN", "BEGIN"},
        {"END", "COMMIT"},
        {"ABORT", "ROLLBACK"},
        {"START TRANSACTION", "START TRANSACTION"},
        {"ROLLBACK TO a", "ROLLBACK"},
        {"SET a.b = 1", "SET"},
        {"RESET ALL", "RESET"},
        {"SHOW x", "SHOW"},
        {"DISCARD ALL", "DISCARD ALL"},
        {"DEALLOCATE ALL", "DEALLOCATE ALL"},
        {"DECLARE c CURSOR FOR SELECT 1", "DECLARE CURSOR"},
        {"MOVE c", "MOVE"},
        {"CLOSE ALL", "CLOSE CURSOR ALL"},
        {"CLOSE c", "CLOSE CURSOR"},
        {"SELECT 1", "SELECT"},
        {"SELECT 1 INTO x", "SELECT INTO"},
        {"CREATE TABLE x AS SELECT 1", "CREATE TABLE AS"},
        {"ALTER TABLE t RENAME a TO b", "ALTER TABLE"},
        {"ALTER VIEW v RENAME TO w", "ALTER VIEW"},
        {"ALTER TABLE t RENAME CONSTRAINT a TO b", "ALTER TABLE"},
        {"ALTER INDEX i RENAME TO j", "ALTER INDEX"},
        {"DROP VIEW v", "DROP VIEW"},
        {"DROP INDEX i", "DROP INDEX"},
        {"DROP TABLE a, b", "DROP TABLE"},
        {"TRUNCATE t", "TRUNCATE TABLE"},
        {"COMMENT ON TABLE t IS 'x'", "COMMENT"},
        {"VACUUM", "VACUUM"},
        {"ANALYZE", "ANALYZE"},
        {"SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS"},
        {"LOCK TABLE t", "LOCK TABLE"},
        {"GRANT SELECT ON t TO PUBLIC", "GRANT"},
        {"DO 'x'", "DO"},
        {"CREATE FUNCTION f() RETURNS int AS '' LANGUAGE sql", "CREATE FUNCTION"},
        {"ALTER TABLE t OWNER TO x", "ALTER TABLE"},
        {"ALTER SCHEMA s OWNER TO x", "ALTER SCHEMA"},
    };
    for (const auto& [sql, expected] : cases) EXPECT_EQ(tag(sql), expected) << sql;
}

}  // namespace
}  // namespace historyd::sql
