#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/functions/connection_fixture.hpp"

namespace historyd::test {
namespace {

class session_functions : public testing::Test {
protected:
    connection_fixture connection;
};

TEST_F(session_functions, say_who_and_where) {
    EXPECT_EQ(connection.text("SELECT pg_current_user()"), "tester");
    EXPECT_EQ(connection.text("SELECT pg_current_database()"), "mem0");
    EXPECT_EQ(connection.text("SELECT pg_backend_pid()"), "4711");
    EXPECT_EQ(connection.text("SELECT pg_txid_current()"), "42");
    EXPECT_EQ(connection.text("SELECT pg_inet_client_port()"), "NULL");
    EXPECT_EQ(connection.text("SELECT pg_version()").find("PostgreSQL 15.8 (historyd "), 0u);
}

TEST_F(session_functions, schemas_are_those_of_the_path_that_exist) {
    EXPECT_EQ(connection.text("SELECT pg_current_schema()"), "public");
    EXPECT_EQ(connection.text("SELECT pg_current_schemas(0)"), "{public}");
    EXPECT_EQ(connection.text("SELECT pg_current_schemas(1)"), "{pg_catalog,public}");
    connection.context().settings = std::make_shared<std::map<std::string, std::string>>(
        std::map<std::string, std::string>{{"search_path", "nowhere, \"Else\""}});
    EXPECT_EQ(connection.text("SELECT pg_current_schema()"), "NULL");
}

TEST_F(session_functions, clocks_stand_still_as_they_should) {
    EXPECT_EQ(connection.text("SELECT pg_now()"), "2024-02-29 12:34:56.789012+00:00");
    EXPECT_EQ(connection.text("SELECT pg_statement_timestamp()"),
              "2024-02-29 12:34:56.789017+00:00");
    EXPECT_EQ(connection.text("SELECT pg_clock_timestamp() > pg_now()"), "1");
    EXPECT_EQ(connection.text("SELECT count(DISTINCT pg_now()) FROM pg_series(100)"), "1");
}

TEST_F(session_functions, use_the_session_zone) {
    connection.set_zone("America/New_York");
    EXPECT_EQ(connection.text("SELECT pg_date_trunc_timestamptz('day', "
                              "'2024-07-01 03:00:00.000000+00:00')"),
              "2024-06-30 04:00:00.000000+00:00");
    EXPECT_EQ(connection.text("SELECT pg_extract_timestamptz('hour', "
                              "'2024-07-01 03:00:00.000000+00:00')"),
              "23");
    EXPECT_EQ(connection.text("SELECT pg_extract_timestamptz('timezone', "
                              "'2024-07-01 03:00:00.000000+00:00')"),
              "-14400");
    EXPECT_EQ(connection.text("SELECT pg_to_char_timestamptz('2024-07-01 03:00:00.000000+00:00', "
                              "'HH24:MI TZ OF')"),
              "23:00 EDT -04");
    // A day longer by the hour the clocks go back.
    EXPECT_EQ(connection.text("SELECT pg_timestamptz_add('2024-11-03 04:00:00.000000+00:00', "
                              "'1 day')"),
              "2024-11-04 05:00:00.000000+00:00");
    EXPECT_EQ(connection.text("SELECT pg_to_json('2024-07-01 03:00:00.000000+00:00', 1184)"),
              "\"2024-06-30T23:00:00-04:00\"");
}

TEST_F(session_functions, settings_are_read_and_set) {
    EXPECT_EQ(connection.text("SELECT pg_current_setting('timezone', 0)"), "UTC");
    EXPECT_EQ(connection.text("SELECT pg_current_setting('nope', 1)"), "NULL");
    EXPECT_EQ(connection.text("SELECT pg_current_setting('nope', 0)"),
              "42704 unrecognized configuration parameter \"nope\"");
    EXPECT_EQ(connection.text("SELECT pg_set_config('my.key', 'v', 0)"), "v");
    const auto& done = connection.context().session_effects->set_config;
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0], std::make_tuple(std::string("my.key"), std::string("v"), false));
    EXPECT_EQ(connection.text("SELECT pg_current_setting('my.key', 0)"), "v");
    EXPECT_EQ(connection.text("SELECT pg_set_config('nope', 'v', 0)"),
              "42704 unrecognized configuration parameter \"nope\"");
    EXPECT_EQ(connection.text("SELECT pg_set_config(NULL, 'v', 0)"),
              "22004 SET requires parameter name");
}

TEST_F(session_functions, sequences_count) {
    EXPECT_EQ(connection.text("SELECT pg_currval(20000)"),
              "55000 currval of sequence \"s\" is not yet defined in this session");
    EXPECT_EQ(connection.text("SELECT pg_lastval()"),
              "55000 lastval is not yet defined in this session");
    EXPECT_EQ(connection.text("SELECT group_concat(pg_nextval(20000)) FROM pg_series(2)"), "1,2");
    EXPECT_EQ(connection.text("SELECT pg_currval(20000)"), "2");
    EXPECT_EQ(connection.text("SELECT pg_lastval()"), "2");
    EXPECT_EQ(connection.text("SELECT pg_setval(20000, 1, 0)"), "1");
    EXPECT_EQ(connection.text("SELECT pg_currval(20000)"), "2");
    EXPECT_EQ(connection.text("SELECT pg_nextval(20000)"), "1");
    EXPECT_EQ(connection.text("SELECT pg_setval(20000, 3, 1)"), "3");
    EXPECT_EQ(connection.text("SELECT pg_nextval(20000)"),
              "2200H nextval: reached maximum value of sequence \"s\" (3)");
    EXPECT_EQ(connection.text("SELECT pg_setval(20000, 9, 1)"),
              "22003 setval: value 9 is out of bounds for sequence \"s\" (1..3)");
    connection.context().read_only = true;
    EXPECT_EQ(connection.text("SELECT pg_nextval(20000)"),
              "25006 cannot execute nextval() in a read-only transaction");
}

TEST_F(session_functions, sleep_ends_when_the_statement_is_cancelled) {
    const auto cancelled = connection.context().cancelled;
    std::thread canceller([&] { cancelled->store(true); });
    EXPECT_EQ(connection.text("SELECT pg_sleep_seconds(60.0)"),
              "57014 canceling statement due to user request");
    canceller.join();
}

TEST_F(session_functions, sleep_ends_at_the_deadline) {
    connection.context().deadline = std::chrono::steady_clock::now();
    EXPECT_EQ(connection.text("SELECT pg_sleep_seconds(60.0)"),
              "57014 canceling statement due to statement timeout");
}

TEST_F(session_functions, random_numbers_repeat_after_a_seed) {
    EXPECT_EQ(connection.text("SELECT pg_setseed(0.5)"), "");
    const auto first = connection.text("SELECT pg_random()");
    EXPECT_NE(connection.text("SELECT pg_random()"), first);
    connection.text("SELECT pg_setseed(0.5)");
    EXPECT_EQ(connection.text("SELECT pg_random()"), first);
    EXPECT_EQ(connection.text("SELECT count(*) FROM (SELECT pg_random() r FROM pg_series(1000)) "
                              "WHERE r < 0 OR r >= 1"),
              "0");
    EXPECT_EQ(connection.text("SELECT count(DISTINCT pg_random_uuid()) FROM pg_series(100)"),
              "100");
}

TEST_F(session_functions, what_is_not_spoken_is_refused) {
    EXPECT_EQ(connection.text("SELECT pg_advisory_lock(1)"),
              "0A000 advisory locks without a session are not supported");
    EXPECT_EQ(connection.text("SELECT pg_jsonpath_refused('{}', '$.a')"),
              "0A000 jsonpath is not supported");
}

}  // namespace
}  // namespace historyd::test
