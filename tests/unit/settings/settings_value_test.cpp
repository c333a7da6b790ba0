// What SET takes, what SHOW prints and what is refused. Expected texts were asked of PostgreSQL 15.

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/settings/settings.hpp"
#include "storage/settings/value_check.hpp"

namespace historyd::settings {
namespace {

struct accepted {
    const char *name, *text, *shown;
};
class shown_value : public testing::TestWithParam<accepted> {};

TEST_P(shown_value, is_postgresql_s) {
    session_settings s;
    const auto& [name, text, shown] = GetParam();
    const auto set = s.set(name, text, false);
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(s.get(name), shown) << name << " = " << text;
}

INSTANTIATE_TEST_SUITE_P(
    postgresql, shown_value,
    testing::Values(
        accepted{"datestyle", "german", "German, DMY"}, accepted{"datestyle", "dmy", "ISO, DMY"},
        accepted{"datestyle", "postgres, ymd", "Postgres, YMD"},
        accepted{"DateStyle", "European", "ISO, DMY"},
        accepted{"datestyle", "us,NonEuro", "ISO, MDY"}, accepted{"datestyle", "", "ISO, MDY"},
        accepted{"timezone", "utc", "UTC"}, accepted{"timezone", "europe/berlin", "Europe/Berlin"},
        accepted{"timezone", "+3", "<+03>-03"}, accepted{"timezone", "-3.5", "<-03:30>+03:30"},
        accepted{"timezone", "EST5EDT", "EST5EDT"}, accepted{"timezone", "MST", "MST"},
        accepted{"timezone", "<+03>-03", "<+03>-03"}, accepted{"timezone", "GMT+3", "GMT+3"},
        accepted{"timezone", "INTERVAL '3 hours'", "<+03>-03"},
        accepted{"timezone", "interval '5:30'", "<+05:30>-05:30"},
        accepted{"intervalstyle", "ISO_8601", "iso_8601"}, accepted{"bytea_output", "HEX", "hex"},
        accepted{"extra_float_digits", "2.7", "3"}, accepted{"extra_float_digits", "0x2", "2"},
        accepted{"statement_timeout", "1min", "1min"},
        accepted{"statement_timeout", "1500", "1500ms"},
        accepted{"statement_timeout", "90s", "90s"}, accepted{"statement_timeout", "90 s ", "90s"},
        accepted{"statement_timeout", "1.5h", "90min"}, accepted{"statement_timeout", "100us", "0"},
        accepted{"statement_timeout", "600us", "1ms"}, accepted{"statement_timeout", "0", "0"},
        accepted{"idle_session_timeout", "2d", "2d"},
        accepted{"idle_session_timeout", "1000000", "1000s"}, accepted{"work_mem", "64MB", "64MB"},
        accepted{"work_mem", "100000", "100000kB"}, accepted{"work_mem", "1GB", "1GB"},
        accepted{"effective_cache_size", "1GB", "1GB"},
        accepted{"effective_cache_size", "100", "800kB"},
        accepted{"maintenance_work_mem", "3000MB", "3000MB"},
        accepted{"enable_seqscan", "of", "off"}, accepted{"enable_seqscan", "0", "off"},
        accepted{"enable_seqscan", "tr", "on"}, accepted{"enable_seqscan", "Yes", "on"},
        accepted{"seq_page_cost", "1.50", "1.5"}, accepted{"seq_page_cost", "1e3", "1000"},
        accepted{"vacuum_cost_delay", "2ms", "2ms"}, accepted{"vacuum_cost_delay", "2.5", "2500us"},
        accepted{"vacuum_cost_delay", "500us", "500us"},
        accepted{"client_encoding", "utf-8", "UTF8"},
        accepted{"client_encoding", "'utf-8'", "UTF8"},
        accepted{"client_encoding", "unicode", "UTF8"},
        accepted{"client_encoding", "SQL_ASCII", "SQL_ASCII"},
        accepted{"search_path", "public, \"Foo Bar\"", "public, \"Foo Bar\""},
        accepted{"client_min_messages", "info", "info"},
        accepted{"client_min_messages", "NOTICE", "notice"},
        accepted{"default_transaction_isolation", "Read Committed", "read committed"},
        accepted{"foo.bar", "Baz qux", "Baz qux"}, accepted{"a.b.c", "x", "x"},
        accepted{"application_name", "h\xc3\xa9llo", "h??llo"}, accepted{"role", "none", "none"},
        accepted{"seed", "0.5", "unavailable"}, accepted{"lc_monetary", "C", "C"},
        accepted{"synchronous_commit", "true", "on"}, accepted{"synchronous_commit", "no", "off"},
        accepted{"backslash_quote", "on", "on"}, accepted{"geqo_seed", "0.50", "0.5"},
        accepted{"default_text_search_config", "english", "pg_catalog.english"}));

struct refused {
    const char *name, *text, *sqlstate, *message, *detail, *hint;
};
class refused_value : public testing::TestWithParam<refused> {};

TEST_P(refused_value, says_what_postgresql_says) {
    session_settings s;
    const auto& [name, text, state, message, detail, hint] = GetParam();
    const auto before = s.get(name);
    const auto set = s.set(name, text, false);
    ASSERT_FALSE(set) << name << " = " << text;
    EXPECT_EQ(set.error().sqlstate, state);
    EXPECT_EQ(set.error().message, message);
    EXPECT_EQ(set.error().detail, detail);
    EXPECT_EQ(set.error().hint, hint);
    EXPECT_EQ(s.get(name), before);
}

INSTANTIATE_TEST_SUITE_P(
    postgresql, refused_value,
    testing::Values(
        refused{"nosuch", "1", "42704", "unrecognized configuration parameter \"nosuch\"", "", ""},
        refused{"datestyle", "foo", "22023", "invalid value for parameter \"DateStyle\": \"foo\"",
                "Unrecognized key word: \"foo\".", ""},
        refused{"datestyle", "iso, sql", "22023",
                "invalid value for parameter \"DateStyle\": \"iso, sql\"",
                "Conflicting \"datestyle\" specifications.", ""},
        refused{"timezone", "Foo/Bar", "22023",
                "invalid value for parameter \"TimeZone\": \"Foo/Bar\"", "", ""},
        refused{"timezone", "../../etc/passwd", "22023",
                "invalid value for parameter \"TimeZone\": \"../../etc/passwd\"", "", ""},
        refused{"timezone", "", "22023", "invalid value for parameter \"TimeZone\": \"\"", "", ""},
        refused{"timezone", "300", "22023", "invalid value for parameter \"TimeZone\": \"300\"",
                "UTC timezone offset is out of range.", ""},
        refused{"intervalstyle", "foo", "22023",
                "invalid value for parameter \"intervalstyle\": \"foo\"", "",
                "Available values: postgres, postgres_verbose, sql_standard, iso_8601."},
        refused{"extra_float_digits", "4", "22023",
                "4 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 3)", "",
                ""},
        refused{"extra_float_digits", "abc", "22023",
                "invalid value for parameter \"extra_float_digits\": \"abc\"", "", ""},
        refused{"extra_float_digits", "1kB", "22023",
                "invalid value for parameter \"extra_float_digits\": \"1kB\"", "", ""},
        refused{"statement_timeout", "-1", "22023",
                "-1 ms is outside the valid range for parameter \"statement_timeout\" "
                "(0 .. 2147483647)",
                "", ""},
        refused{"statement_timeout", "5x", "22023",
                "invalid value for parameter \"statement_timeout\": \"5x\"", "",
                "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and "
                "\"d\"."},
        refused{"statement_timeout", "99999999999", "22023",
                "invalid value for parameter \"statement_timeout\": \"99999999999\"", "",
                "Value exceeds integer range."},
        refused{"statement_timeout", "", "22023",
                "invalid value for parameter \"statement_timeout\": \"\"", "", ""},
        refused{"work_mem", "1", "22023",
                "1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)", "",
                ""},
        refused{"work_mem", "64mb", "22023", "invalid value for parameter \"work_mem\": \"64mb\"",
                "",
                "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."},
        refused{"enable_seqscan", "maybe", "22023",
                "parameter \"enable_seqscan\" requires a Boolean value", "", ""},
        refused{"enable_seqscan", "o", "22023",
                "parameter \"enable_seqscan\" requires a Boolean value", "", ""},
        refused{"seq_page_cost", "-1", "22023",
                "-1 is outside the valid range for parameter \"seq_page_cost\" "
                "(0 .. 1.79769e+308)",
                "", ""},
        refused{"client_encoding", "foo", "22023",
                "invalid value for parameter \"client_encoding\": \"foo\"", "", ""},
        refused{"server_version", "16", "55P02", "parameter \"server_version\" cannot be changed",
                "", ""},
        refused{"max_connections", "5", "55P02",
                "parameter \"max_connections\" cannot be changed without restarting the server", "",
                ""},
        refused{"fsync", "off", "55P02", "parameter \"fsync\" cannot be changed now", "", ""},
        refused{"log_connections", "on", "55P02",
                "parameter \"log_connections\" cannot be set after connection start", "", ""},
        refused{"search_path", "a,,b", "22023",
                "invalid value for parameter \"search_path\": \"a,,b\"", "List syntax is invalid.",
                ""},
        refused{"foo-x.bar", "1", "42602", "invalid configuration parameter name \"foo-x.bar\"",
                "Custom parameter names must be two or more simple identifiers separated by dots.",
                ""},
        refused{"role", "nosuch", "22023", "role \"nosuch\" does not exist", "", ""},
        refused{"default_tablespace", "foo", "22023",
                "invalid value for parameter \"default_tablespace\": \"foo\"",
                "Tablespace \"foo\" does not exist.", ""}));

TEST(settings_value, of_a_setting_without_a_session_value_is_shown_with_its_unit) {
    const session_settings s;
    EXPECT_EQ(s.get("AUTHENTICATION_TIMEOUT"), "1min");
    EXPECT_EQ(s.get("effective_cache_size"), "4GB");
    EXPECT_EQ(s.get_ms("authentication_timeout"), 60'000);
    EXPECT_EQ(s.show("nosuch").error().sqlstate, "42704");
    EXPECT_EQ(s.show("foo.nosuch").error().sqlstate, "42704");
}

TEST(settings_value, is_kept_in_the_base_unit_for_pg_settings) {
    const auto* timeout = find("statement_timeout");
    ASSERT_NE(timeout, nullptr);
    EXPECT_EQ(setting_text(*timeout, "90s"), "90000");
    EXPECT_EQ(setting_text(*find("effective_cache_size"), "1GB"), "131072");
    EXPECT_EQ(setting_text(*find("jit"), "off"), "off");
}

TEST(settings_value, every_default_is_one_that_could_be_set) {
    ASSERT_GT(all().size(), 150U);
    EXPECT_TRUE(std::ranges::is_sorted(all(), {}, [](const auto& d) { return lower(d.name); }));
    for (const auto& setting : all()) {
        const auto text = canonical_value(setting, setting.name, setting.default_value);
        EXPECT_TRUE(text) << setting.name << ": " << (text ? "" : text.error().message);
        EXPECT_FALSE(setting.description.empty()) << setting.name;
    }
}

TEST(settings_value, only_utf8_is_spoken) {
    session_settings s;
    EXPECT_EQ(s.set("client_encoding", "latin1", false).error().sqlstate, "0A000");
    EXPECT_EQ(s.set("standard_conforming_strings", "off", false).error().sqlstate, "0A000");
}

TEST(settings_value, date_style_keeps_the_part_that_is_not_named) {
    session_settings s;
    ASSERT_TRUE(s.set("datestyle", "german", false));
    ASSERT_TRUE(s.set("datestyle", "ymd", false));
    EXPECT_EQ(s.get("datestyle"), "German, YMD");
    EXPECT_EQ(s.io()->style, types::date_style::german);
    EXPECT_EQ(s.io()->order, types::date_order::ymd);
}

TEST(settings_value, search_path_is_split_and_folded) {
    session_settings s;
    EXPECT_EQ(s.search_path(), std::vector<std::string>{"public"});
    ASSERT_FALSE(s.set("search_path", "Foo, \"Bar", false));
    ASSERT_TRUE(s.set("search_path", "Foo, \"Bar \"\"x\"\"\"", false));
    EXPECT_EQ(s.search_path(), (std::vector<std::string>{"foo", "Bar \"x\""}));
}

TEST(settings_value, the_session_may_be_set_to_its_own_user_only) {
    session_settings s;
    ASSERT_TRUE(s.set_internal("session_authorization", "mem0"));
    EXPECT_TRUE(s.set("session_authorization", "mem0", false));
    EXPECT_TRUE(s.set("role", "mem0", false));
    EXPECT_FALSE(s.set("session_authorization", "other", false));
}

TEST(settings_value, io_follows) {
    session_settings s;
    const auto epoch = s.io_epoch();
    ASSERT_TRUE(s.set("timezone", "+3", false));
    ASSERT_TRUE(s.set("intervalstyle", "iso_8601", false));
    ASSERT_TRUE(s.set("bytea_output", "escape", false));
    ASSERT_TRUE(s.set("extra_float_digits", "-2", false));
    EXPECT_GT(s.io_epoch(), epoch);
    const auto io = s.io();
    EXPECT_EQ(io->time_zone.At(absl::UnixEpoch()).offset, 3 * 3600);
    EXPECT_EQ(io->intervals, types::interval_style::iso_8601);
    EXPECT_EQ(io->bytea, types::bytea_output::escape);
    EXPECT_EQ(io->extra_float_digits, -2);
    EXPECT_EQ(s.io(), io) << "built again without a change";
}

}  // namespace
}  // namespace historyd::settings
