#include "storage/sql/is_brief.hpp"

#include <gtest/gtest.h>

#include "tests/unit/sql/test_schema.hpp"

namespace historyd::sql {
namespace {

bool brief(const std::string& sql) {
    const auto plan = testing::translate_text(sql);
    EXPECT_TRUE(plan) << sql << ": " << plan.error().message;
    return plan && (*plan)->brief;
}

TEST(is_brief, lookups_by_key) {
    for (const auto* sql : {
             "SELECT 1",
             "SELECT $1::int",
             "SELECT * FROM history WHERE id = 'a'",
             "SELECT id, event FROM history WHERE memory_id = 'memory-' || $1 ORDER BY created_at, "
             "updated_at",
             "SELECT 1 FROM book WHERE id = $1 AND author_id = 2 LIMIT 1",
             "SELECT b.title FROM book b WHERE b.id = 3",
         }) {
        EXPECT_TRUE(brief(sql)) << sql;
    }
}

TEST(is_brief, nothing_that_could_wait_or_take_long) {
    for (const auto* sql : {
             "SELECT pg_sleep(1)",
             "SELECT pg_sleep(1) FROM history WHERE id = 'a'",
             "SELECT * FROM history WHERE id = repeat('a', 1000000)",
             "SELECT * FROM history WHERE id = 'a' ORDER BY repeat(id, 1000000)",
             "SELECT * FROM history WHERE id = 'a' LIMIT (SELECT count(*) FROM history)",
             "SELECT * FROM history",
             "SELECT * FROM history WHERE id > 'a'",
             "SELECT * FROM history WHERE id = 'a' OR id = 'b'",
             "SELECT * FROM history WHERE old_memory ~ '(a+)+b'",
             "SELECT count(*) FROM history WHERE id = 'a'",
             "SELECT * FROM history, messages WHERE history.id = 'a'",
             "SELECT * FROM history WHERE id = 'a' UNION SELECT * FROM history WHERE id = 'b'",
             "WITH h AS (SELECT * FROM history) SELECT * FROM h WHERE id = 'a'",
             "SELECT * FROM (SELECT * FROM history) h WHERE id = 'a'",
             "SELECT * FROM history WHERE id = 'a' FOR UPDATE",
             "SELECT * FROM cheap WHERE id = 1",
             "SELECT * FROM generate_series(1, 1000000000) AS g(id) WHERE id = 1",
             "VALUES (1)",
             "DELETE FROM history WHERE id = 'a'",
         }) {
        EXPECT_FALSE(brief(sql)) << sql;
    }
}

}  // namespace
}  // namespace historyd::sql
