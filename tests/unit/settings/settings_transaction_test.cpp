// SET, SET LOCAL and RESET under transactions and savepoints; ParameterStatus; snapshots.

#include <gtest/gtest.h>

#include "storage/settings/settings.hpp"

namespace historyd::settings {
namespace {

std::string names(const std::vector<report>& reports) {
    std::string out;
    for (const auto& [name, value] : reports) out += name + "=" + value + ";";
    return out;
}

class settings_in_transaction : public testing::Test {
protected:
    void set(const char* value, bool local = false) {
        ASSERT_TRUE(s.set("application_name", value, local));
    }
    std::string now() const { return s.get("application_name"); }
    session_settings s;
};

TEST_F(settings_in_transaction, set_is_kept_by_commit_and_undone_by_rollback) {
    set("a");
    s.begin();
    set("b");
    s.commit();
    EXPECT_EQ(now(), "b");
    s.begin();
    set("c");
    EXPECT_EQ(now(), "c");
    s.rollback();
    EXPECT_EQ(now(), "b");
}

TEST_F(settings_in_transaction, set_local_ends_with_the_transaction) {
    set("a");
    s.begin();
    set("b", true);
    EXPECT_EQ(now(), "b");
    s.commit();
    EXPECT_EQ(now(), "a");
    s.begin();
    set("c");
    set("d", true);
    EXPECT_EQ(now(), "d");
    s.commit();
    EXPECT_EQ(now(), "c");
    s.begin();
    set("e", true);
    set("f");
    s.commit();
    EXPECT_EQ(now(), "f");
}

TEST_F(settings_in_transaction, set_local_outside_changes_nothing) {
    set("a");
    set("b", true);
    EXPECT_EQ(now(), "a");
    EXPECT_FALSE(s.set("application_name", std::string("x"), true).has_error());
    EXPECT_EQ(s.set("nosuch", "1", true).error().sqlstate, "42704");
}

TEST_F(settings_in_transaction, rollback_to_undoes_one_level_and_keeps_it) {
    set("a");
    s.begin();
    set("b");
    s.savepoint();
    set("c");
    s.savepoint();
    set("d", true);
    s.rollback_to();
    EXPECT_EQ(now(), "c");
    set("e");
    s.rollback_to();
    EXPECT_EQ(now(), "c");
    s.release();
    s.rollback_to();
    EXPECT_EQ(now(), "b");
    s.commit();
    EXPECT_EQ(now(), "b");
}

TEST_F(settings_in_transaction, release_hands_its_changes_up) {
    set("a");
    s.begin();
    s.savepoint();
    set("b");
    s.savepoint();
    set("c");
    s.release();
    EXPECT_EQ(now(), "c");
    s.rollback_to();
    EXPECT_EQ(now(), "a");
    set("d");
    s.release();
    s.rollback();
    EXPECT_EQ(now(), "a");
}

TEST_F(settings_in_transaction, reset_goes_back_to_the_startup_value) {
    ASSERT_TRUE(s.set_default("application_name", "psql"));
    set("a");
    s.begin();
    ASSERT_TRUE(s.reset("application_name"));
    EXPECT_EQ(now(), "psql");
    s.rollback();
    EXPECT_EQ(now(), "a");
    ASSERT_TRUE(s.set("work_mem", "1GB", false));
    s.reset_all();
    EXPECT_EQ(now(), "psql");
    EXPECT_EQ(s.get("work_mem"), "4MB");
    EXPECT_EQ(s.reset("nosuch").error().sqlstate, "42704");
    EXPECT_EQ(s.reset("server_version").error().sqlstate, "55P02");
}

TEST_F(settings_in_transaction, a_custom_setting_is_empty_after_reset_and_gone_after_rollback) {
    ASSERT_TRUE(s.set("Foo.Bar", "x", false));
    EXPECT_EQ(s.get("foo.bar"), "x");
    ASSERT_TRUE(s.reset("foo.bar"));
    EXPECT_TRUE(s.show("foo.bar"));
    s.begin();
    ASSERT_TRUE(s.set("foo.new", "x", false));
    s.rollback();
    EXPECT_EQ(s.show("foo.new").error().sqlstate, "42704");
}

TEST_F(settings_in_transaction, isolation_is_the_transaction_s_own) {
    ASSERT_TRUE(s.set("default_transaction_read_only", "on", false));
    EXPECT_EQ(s.get("transaction_read_only"), "on");
    s.begin();
    ASSERT_TRUE(s.set("default_transaction_read_only", "off", false));
    EXPECT_TRUE(s.get_bool("transaction_read_only"));
    ASSERT_TRUE(s.set("transaction_isolation", "Serializable", false));
    EXPECT_EQ(s.get("transaction_isolation"), "serializable");
    s.commit();
    EXPECT_EQ(s.get("transaction_isolation"), "read committed");
    EXPECT_FALSE(s.get_bool("transaction_read_only"));
}

TEST_F(settings_in_transaction, reports_are_the_changes_the_client_does_not_know) {
    const auto first = s.all_reports();
    ASSERT_FALSE(first.empty());
    EXPECT_EQ(names(s.take_reports()), names(first));
    EXPECT_EQ(names(s.take_reports()), "");
    set("a");
    ASSERT_TRUE(s.set("timezone", "europe/berlin", false));
    ASSERT_TRUE(s.set("work_mem", "1GB", false));
    EXPECT_EQ(names(s.take_reports()), "application_name=a;TimeZone=Europe/Berlin;");
    s.begin();
    set("b");
    s.rollback();
    EXPECT_EQ(names(s.take_reports()), "");
}

TEST_F(settings_in_transaction, the_first_reports_are_postgresql_s) {
    std::string order;
    for (const auto& [name, value] : s.all_reports()) order += name + " ";
    EXPECT_EQ(order,
              "application_name client_encoding DateStyle default_transaction_read_only "
              "in_hot_standby integer_datetimes IntervalStyle is_superuser server_encoding "
              "server_version session_authorization standard_conforming_strings TimeZone ");
}

TEST_F(settings_in_transaction, a_snapshot_is_shared_until_something_changes) {
    const auto before = s.snapshot();
    EXPECT_EQ(session_settings().snapshot(), before) << "equal settings are kept once";
    s.begin();
    s.commit();
    EXPECT_EQ(s.snapshot(), before);
    set("a");
    EXPECT_EQ(s.snapshot()->at("application_name"), "a");
    EXPECT_EQ(before->at("application_name"), "");
    EXPECT_EQ(before->at("DateStyle"), "ISO, MDY");
}

// Each way a value can change has to reach what is kept of it.
TEST_F(settings_in_transaction, what_is_asked_for_each_statement_follows_every_change) {
    EXPECT_EQ(s.frequent().statement_timeout_ms, 0);
    ASSERT_TRUE(s.set("statement_timeout", "2s", false));
    EXPECT_EQ(s.frequent().statement_timeout_ms, 2000);
    ASSERT_TRUE(s.set_default("default_transaction_isolation", "serializable"));
    EXPECT_TRUE(s.frequent().serializable);
    s.begin();
    EXPECT_TRUE(s.frequent().snapshot_isolation);
    ASSERT_TRUE(s.set("transaction_isolation", "read committed", true));
    ASSERT_TRUE(s.set("transaction_read_only", "on", true));
    EXPECT_FALSE(s.frequent().snapshot_isolation);
    EXPECT_TRUE(s.frequent().read_only);
    s.savepoint();
    ASSERT_TRUE(s.set("application_name", "inner", false));
    EXPECT_EQ(s.frequent().application_name, "inner");
    s.rollback_to();
    EXPECT_EQ(s.frequent().application_name, "");
    ASSERT_TRUE(s.set("statement_timeout", "1ms", false));
    s.rollback();
    EXPECT_EQ(s.frequent().statement_timeout_ms, 2000);
    EXPECT_TRUE(s.frequent().serializable);
    EXPECT_FALSE(s.frequent().read_only);
    s.reset_all();
    EXPECT_EQ(s.frequent().statement_timeout_ms, 0);
}

}  // namespace
}  // namespace historyd::settings
