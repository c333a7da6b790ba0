#include "conf/config_keys.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "conf/config_loader.hpp"

namespace historyd::conf {

namespace {

// conf/historyd.toml with the # of its keys removed.
std::string uncommented(std::istream& in) {
    std::string out, line;
    while (std::getline(in, line)) {
        const auto equals = line.find(" = ");
        const bool is_key =
            line.starts_with("# ") && equals != line.npos && line.find(' ', 2) == equals;
        out += (is_key ? line.substr(2) : line) + "\n";
    }
    return out;
}

TEST(config_keys, shipped_file_is_the_table) {
    std::ifstream in(CONF_DIR "/historyd.toml");
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_EQ(text.str(), default_file());
}

TEST(config_keys, shipped_file_holds_every_key_at_its_default) {
    std::ifstream in(CONF_DIR "/historyd.toml");
    effective_config loaded;
    const auto done = load_toml(uncommented(in), "historyd.toml", loaded);
    ASSERT_TRUE(done) << done.error().message;
    for (const auto& k : keys()) {
        EXPECT_TRUE(loaded.origins.contains(k.name)) << k.name;
        EXPECT_EQ(value_text(k, loaded.values), value_text(k, config())) << k.name;
    }
}

TEST(config_keys, each_key_is_its_own_value) {
    std::set<std::string> environment_names;
    for (const auto& k : keys()) {
        config c;
        const auto place = k.of(c);
        if (auto* const* number = std::get_if<std::int64_t*>(&place)) **number += 1;
        if (auto* const* text = std::get_if<std::string*>(&place)) **text += "x";
        if (auto* const* list = std::get_if<std::vector<std::string>*>(&place))
            (*list)->push_back("x");
        for (const auto& other : keys()) {
            EXPECT_EQ(value_text(other, c) != value_text(other, config()), &other == &k)
                << k.name << " and " << other.name;
        }
        EXPECT_TRUE(environment_names.insert(k.environment_name()).second) << k.name;
        EXPECT_FALSE(k.description.empty());
    }
}

TEST(config_keys, defaults_are_within_their_limits) {
    for (const auto& k : keys()) {
        config c;
        const auto place = k.of(c);
        if (auto* const* number = std::get_if<std::int64_t*>(&place)) {
            EXPECT_LE(k.min, **number) << k.name;
            EXPECT_GE(k.max, **number) << k.name;
        }
        EXPECT_EQ(k.check == nullptr ? "" : k.check(c), "") << k.name;
    }
}

TEST(config_keys, limits_are_enforced_and_nothing_is_stored) {
    for (const auto& k : keys()) {
        config c;
        if (!std::holds_alternative<std::int64_t*>(k.of(c))) continue;
        EXPECT_TRUE(assign(k, c, k.min)) << k.name;
        EXPECT_TRUE(assign(k, c, k.max)) << k.name;
        const auto before = value_text(k, c);
        EXPECT_FALSE(assign(k, c, k.max + 1)) << k.name;
        EXPECT_FALSE(assign(k, c, k.min - 1)) << k.name;
        EXPECT_FALSE(assign_text(k, c, "many")) << k.name;
        EXPECT_EQ(value_text(k, c), before);
    }
}

TEST(config_keys, checked_values_are_taken_back) {
    config c;
    const auto level = assign(*find_key("log.level"), c, std::string("loud"));
    ASSERT_FALSE(level);
    EXPECT_EQ(level.error().message,
              "log.level: it is one of trace, debug, info, warn, error, critical");
    EXPECT_EQ(c.log.level, "info");
    EXPECT_FALSE(assign_text(*find_key("listen"), c, "127.0.0.1:1,nowhere"));
    EXPECT_EQ(c.listen, config().listen);
}

TEST(config_keys, lists_are_comma_separated_in_text) {
    config c;
    ASSERT_TRUE(assign_text(*find_key("listen"), c, "127.0.0.1:1,[::1]:2"));
    EXPECT_EQ(c.listen, (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
    ASSERT_TRUE(assign_text(*find_key("listen"), c, ""));
    EXPECT_TRUE(c.listen.empty());
}

TEST(config_keys, nearest) {
    EXPECT_EQ(nearest_key("limits.sesions_max"), "limits.sessions_max");
    EXPECT_EQ(nearest_key("sessions_max"), "limits.sessions_max");
    EXPECT_EQ(nearest_key("network.portals_max"), "limits.portals_max");
    EXPECT_EQ(nearest_key("storge"), "storage");
    EXPECT_EQ(nearest_key("completely_different_thing"), "");
}

}  // namespace

}  // namespace historyd::conf
