#include "proxy/auth/rule_match.hpp"

#include <gtest/gtest.h>

namespace historyd::auth {

namespace {

using conf::address_range;
using conf::auth_method;
using conf::auth_rule;
using conf::connection_type;

auth_rule rule(connection_type type, auth_method method,
               std::vector<std::string> databases = {"all"},
               std::vector<std::string> users = {"all"}, std::string_view address = "all") {
    auth_rule r;
    r.type = type;
    r.method = method;
    r.databases = std::move(databases);
    r.users = std::move(users);
    r.address = *address_range::parse(address);
    return r;
}

const client_facts on_socket{.user = "u", .database = "d", .address = ""};
const client_facts plain{.user = "u", .database = "d", .address = "10.1.2.3"};
const client_facts secure{.user = "u", .database = "d", .address = "10.1.2.3", .encrypted = true};

std::string method_for(const std::vector<auth_rule>& rules, const client_facts& c) {
    const auto* found = first_match(rules, c);
    return found == nullptr ? "none" : std::string(to_string(found->method));
}

TEST(rule_match, type) {
    using enum connection_type;
    const auto trusts = [](connection_type type, const client_facts& c) {
        return method_for({rule(type, auth_method::trust)}, c) == "trust";
    };
    EXPECT_TRUE(trusts(local, on_socket));
    EXPECT_FALSE(trusts(local, plain));
    EXPECT_FALSE(trusts(host, on_socket));
    EXPECT_TRUE(trusts(host, plain));
    EXPECT_TRUE(trusts(host, secure));
    EXPECT_FALSE(trusts(hostssl, plain));
    EXPECT_TRUE(trusts(hostssl, secure));
    EXPECT_TRUE(trusts(hostnossl, plain));
    EXPECT_FALSE(trusts(hostnossl, secure));
}

TEST(rule_match, first_one_decides) {
    const std::vector<auth_rule> rules = {
        rule(connection_type::host, auth_method::reject, {"all"}, {"eve"}),
        rule(connection_type::host, auth_method::trust, {"d", "e"}, {"u", "v"}, "10.0.0.0/8"),
        rule(connection_type::host, auth_method::scram_sha_256, {"sameuser"}),
    };
    EXPECT_EQ(method_for(rules, plain), "trust");
    EXPECT_EQ(method_for(rules, {.user = "eve", .database = "d", .address = "10.1.2.3"}), "reject");
    EXPECT_EQ(method_for(rules, {.user = "u", .database = "u", .address = "10.1.2.3"}),
              "scram-sha-256");
    EXPECT_EQ(method_for(rules, {.user = "u", .database = "d", .address = "11.1.2.3"}), "none");
    EXPECT_EQ(method_for(rules, {.user = "w", .database = "d", .address = "10.1.2.3"}), "none");
}

TEST(rule_match, default_rules_are_for_this_machine) {
    const auto rules = conf::default_rules();
    EXPECT_EQ(method_for(rules, on_socket), "trust");
    for (const auto* address : {"127.0.0.1", "127.5.0.1", "::1"}) {
        EXPECT_EQ(method_for(rules, {.user = "u", .database = "d", .address = address}), "trust");
    }
    for (const auto* address : {"10.1.2.3", "::2", "fe80::1%eth0", "::ffff:127.0.0.1"}) {
        EXPECT_EQ(method_for(rules, {.user = "u", .database = "d", .address = address}), "none");
    }
}

TEST(rule_match, address_ranges) {
    const auto in = [](std::string_view range, std::string_view address) {
        return address_range::parse(range)->contains(*conf::ip_address::parse(address));
    };
    EXPECT_TRUE(in("10.16.0.0/12", "10.31.255.255"));
    EXPECT_FALSE(in("10.16.0.0/12", "10.32.0.0"));
    EXPECT_TRUE(in("0.0.0.0/0", "1.2.3.4"));
    EXPECT_FALSE(in("0.0.0.0/0", "::1"));
    EXPECT_TRUE(in("fd00::/9", "fd7f::1"));
    EXPECT_FALSE(in("fd00::/9", "fd80::1"));
    EXPECT_TRUE(in("10.1.2.3", "10.1.2.3"));
    EXPECT_FALSE(in("10.1.2.3", "10.1.2.2"));
    for (const auto* wrong :
         {"", "10.1", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "host", "::/129"}) {
        EXPECT_FALSE(address_range::parse(wrong)) << wrong;
    }
    EXPECT_TRUE(address_range::parse("127.0.0.0/8")->is_loopback());
    EXPECT_FALSE(address_range::parse("127.0.0.0/7")->is_loopback());
    EXPECT_TRUE(address_range::parse("::1")->is_loopback());
    EXPECT_FALSE(address_range::parse("all")->is_loopback());
}

TEST(rule_match, names_of_the_system) {
    const std::vector<conf::user_mapping> map = {{"m", "www-data", "app"}, {"n", "root", "admin"}};
    EXPECT_TRUE(may_be(map, "", "app", "app"));
    EXPECT_FALSE(may_be(map, "", "www-data", "app"));
    EXPECT_TRUE(may_be(map, "m", "www-data", "app"));
    EXPECT_FALSE(may_be(map, "m", "app", "app"));
    EXPECT_FALSE(may_be(map, "m", "root", "admin"));
}

TEST(rule_match, words_of_postgresql) {
    EXPECT_EQ(
        no_rule(plain).message,
        "no pg_hba.conf entry for host \"10.1.2.3\", user \"u\", database \"d\", no encryption");
    EXPECT_EQ(
        rejected(secure).message,
        "pg_hba.conf rejects connection for host \"10.1.2.3\", user \"u\", database \"d\", SSL "
        "encryption");
    EXPECT_EQ(failed(auth_method::scram_sha_256, "u").message,
              "password authentication failed for user \"u\"");
    EXPECT_EQ(failed(auth_method::scram_sha_256, "u").sqlstate, "28P01");
    EXPECT_EQ(failed(auth_method::peer, "u").sqlstate, "28000");
}

}  // namespace

}  // namespace historyd::auth
