#include "proxy/session/activity.hpp"

#include <gtest/gtest.h>

namespace historyd::session {

namespace {

activity_view somebody() {
    activity_view who;
    who.process_id = 12;
    who.user = "mem0";
    who.database = "history";
    return who;
}

TEST(Activity, FollowsStatementsAndTransactions) {
    activity a(somebody());
    a.begin("BEGIN", 100, false);
    EXPECT_EQ(a.read().state, activity_state::active);
    a.end(activity_state::idle_in_transaction, 110);
    a.begin("SELECT 1", 200, true);
    const auto running = a.read();
    EXPECT_EQ(running.transaction_us, 100);
    EXPECT_EQ(running.query_us, 200);
    EXPECT_EQ(running.query, "SELECT 1");
    EXPECT_EQ(running.statements, 2u);
    a.end(activity_state::idle, 300);
    EXPECT_EQ(a.read().transaction_us, 0);
    EXPECT_EQ(a.read().changed_us, 300);
    EXPECT_EQ(a.read().query, "SELECT 1") << "the last one, while idle";
}

TEST(Activity, CutsAStatementBetweenCharacters) {
    activity a(somebody());
    std::string text(activity::query_bytes_max - 1, 'x');
    text += "\xC3\xA9 and more";
    a.begin(text, 1, false);
    EXPECT_EQ(a.read().query, std::string(activity::query_bytes_max - 1, 'x'));
}

TEST(Activity, LogName) {
    auto who = somebody();
    EXPECT_EQ(log_name(who), "[12] mem0@history");
    who.application_name = "psql";
    EXPECT_EQ(log_name(who), "[12] mem0@history (psql)");
}

}  // namespace

}  // namespace historyd::session
