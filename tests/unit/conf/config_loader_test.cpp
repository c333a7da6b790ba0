#include "conf/config_loader.hpp"

#include <gtest/gtest.h>

#include "conf/access_text.hpp"

namespace historyd::conf {

namespace {

std::string error_of(std::string_view text) {
    effective_config into;
    const auto done = load_toml(text, "h.toml", into);
    return done ? "fine" : done.error().message;
}

TEST(config_loader, values_of_every_kind) {
    effective_config c;
    const auto done = load_toml(
        "storage = 'a \"b\".db'\nlisten = ['127.0.0.1:1', '[::1]:2']\n[limits]\nsessions_max = 7\n",
        "h.toml", c);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(c.values.storage, "a \"b\".db");
    EXPECT_EQ(c.values.listen, (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
    EXPECT_EQ(c.values.limits.sessions_max, 7);
    EXPECT_EQ(c.origins.at("limits.sessions_max"), "h.toml:4:1");
}

TEST(config_loader, one_address_needs_no_list) {
    effective_config c;
    ASSERT_TRUE(load_toml("listen = '127.0.0.1:1'", "h.toml", c));
    EXPECT_EQ(c.values.listen, std::vector<std::string>{"127.0.0.1:1"});
}

TEST(config_loader, errors_name_line_and_column) {
    EXPECT_EQ(error_of("\n  storge = 'x'"),
              "h.toml:2:3: unknown key \"storge\"; did you mean \"storage\"?");
    EXPECT_EQ(
        error_of("[limits]\nsesions_max = 1"),
        "h.toml:2:1: unknown key \"limits.sesions_max\"; did you mean \"limits.sessions_max\"?");
    EXPECT_EQ(error_of("[backend_of_some_kind]\nx = 1"),
              "h.toml:1:2: unknown key \"backend_of_some_kind\"");
    EXPECT_EQ(error_of("[limits]\nsessions_max = 0"),
              "h.toml:2:16: limits.sessions_max: 0 is outside 1 to 1000000");
    EXPECT_EQ(error_of("[limits]\nsessions_max = 'many'"),
              "h.toml:2:16: limits.sessions_max: it is a whole number");
    EXPECT_EQ(error_of("storage = 5"), "h.toml:1:11: storage: it is text, in quotes");
    EXPECT_EQ(error_of("storage = ['a']"), "h.toml:1:11: storage: it is one value, not a list");
    EXPECT_EQ(error_of("listen = [5]"), "h.toml:1:10: listen: every item is text, in quotes");
    EXPECT_EQ(error_of("storage = 1.5"),
              "h.toml:1:11: storage: a value of this kind is not used here");
    EXPECT_EQ(error_of("listen = '5499'"),
              "h.toml:1:10: listen: \"5499\" is not HOST:PORT: the port is missing");
}

TEST(config_loader, syntax_errors_name_line_and_column) {
    EXPECT_TRUE(error_of("storage = \n").starts_with("h.toml:1:11: ")) << error_of("storage = \n");
    EXPECT_TRUE(error_of("a = 1\na = 2").starts_with("h.toml:")) << error_of("a = 1\na = 2");
}

TEST(config_loader, missing_file) {
    effective_config c;
    const auto done = load_file("/nonexistent/h.toml", c);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, "cannot read the configuration file /nonexistent/h.toml");
}

TEST(config_loader, empty_file) {
    effective_config c;
    EXPECT_TRUE(load_file("/dev/null", c));
}

TEST(config_loader, tables) {
    effective_config c;
    const auto done = load_toml(
        "[[auth.rules]]\ntype = 'hostssl'\nuser = ['a', 'b']\nmethod = 'cert'\nmap = 'm'\n"
        "access = 'read-only'\n[[auth.user_map]]\nmap = 'm'\nsystem_user = 's'\nuser = 'a'\n"
        "[databases.x]\npath = 'x.db'\n",
        "h.toml", c);
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(c.values.auth.rules.size(), 1u);
    const auto& rule = c.values.auth.rules[0];
    EXPECT_EQ(rule.type, connection_type::hostssl);
    EXPECT_EQ(rule.users, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(rule.databases, std::vector<std::string>{"all"});
    EXPECT_TRUE(rule.read_only);
    EXPECT_EQ(rule.place, "h.toml:1:1");
    EXPECT_EQ(c.values.auth.user_map.at(0).system_user, "s");
    EXPECT_EQ(c.values.databases.at(0).path, "x.db");
    // What is printed reads as the same again.
    effective_config again;
    ASSERT_TRUE(load_toml(access_text(c.values), "h.toml", again));
    ASSERT_EQ(again.values.auth.rules.size(), 1u);
    EXPECT_EQ(again.values.auth.rules[0].users, rule.users);
    EXPECT_EQ(again.values.databases.at(0).path, "x.db");
}

TEST(config_loader, later_sources_win_and_are_remembered) {
    effective_config c;
    ASSERT_TRUE(load_toml("storage = 'file'\nsocket_dir = '/f'\nlog.level = 'warn'", "h.toml", c));
    const std::map<std::string, std::string> variables = {{"HISTORYD_STORAGE", "environment"},
                                                          {"HISTORYD_LOG_LEVEL", "error"},
                                                          {"HISTORYD_WRITER_QUEUE_MAX", "12"},
                                                          {"HISTORYD_SERVICE_HOST", "10.0.0.1"}};
    ASSERT_TRUE(load_environment(
        [&](const std::string& name) -> std::optional<std::string> {
            const auto at = variables.find(name);
            return at == variables.end() ? std::nullopt : std::optional(at->second);
        },
        c));
    ASSERT_TRUE(load_option("storage", "--storage", "option", c));
    EXPECT_EQ(c.values.storage, "option");
    EXPECT_EQ(c.origins.at("storage"), "--storage");
    EXPECT_EQ(c.values.log.level, "error");
    EXPECT_EQ(c.origins.at("log.level"), "HISTORYD_LOG_LEVEL");
    EXPECT_EQ(c.values.socket_dir, "/f");
    EXPECT_EQ(c.origins.at("socket_dir"), "h.toml:2:1");
    EXPECT_EQ(c.values.writer.queue_max, 12);
    EXPECT_FALSE(c.origins.contains("listen"));
}

TEST(config_loader, bad_text_names_its_source) {
    effective_config c;
    const auto variable = load_environment(
        [](const std::string& name) {
            return name == "HISTORYD_LIMITS_PORTALS_MAX" ? std::optional<std::string>("x")
                                                         : std::nullopt;
        },
        c);
    ASSERT_FALSE(variable);
    EXPECT_EQ(variable.error().message,
              "HISTORYD_LIMITS_PORTALS_MAX: limits.portals_max: \"x\" is not a whole number");
    const auto option = load_option("storage", "--storage", "", c);
    ASSERT_FALSE(option);
    EXPECT_EQ(option.error().message, "--storage: storage: a file name is needed");
}

}  // namespace

}  // namespace historyd::conf
