#include "storage/postgres/plain_words.hpp"

#include <gtest/gtest.h>

namespace historyd::postgres {
namespace {

sql_error told(const std::string& message) {
    return connect_error(message, *target::parse("postgresql://u:s3cret@localhost/d", {},
                                                 std::chrono::milliseconds(1000)));
}

TEST(PlainWords, TheServersCodeIsTakenAndItsSourceFileIsNot) {
    const auto e = told(
        "connection to server at \"localhost\" (::1), port 5432 failed: FATAL:  28P01: password "
        "authentication failed for user \"u\"\nLOCATION:  auth_failed, auth.c:335\n");
    EXPECT_EQ(e.sqlstate, "28P01");
    EXPECT_EQ(e.message,
              "u@localhost/d: connection to server at \"localhost\" (::1), port 5432 failed: "
              "FATAL:  password authentication failed for user \"u\"");
    EXPECT_NE(e.hint.find("backend.password_file"), std::string::npos);
}

TEST(PlainWords, WithoutACodeItIsTheConnections) {
    EXPECT_EQ(told("connection to server at \"h\", port 1 failed: Connection refused").sqlstate,
              sqlstate::connection_exception);
}

TEST(PlainWords, WhatUsersMeetMost) {
    const struct {
        const char *message, *word;
    } cases[] = {
        {"FATAL:  XX000: Tenant or user not found", "ROLE.PROJECT_REF"},
        {"received invalid response to SSL negotiation: H", "is the port right"},
        {"expected authentication request from server, but received H", "is the port right"},
        {"connection to server on socket failed: Connection refused", "Nothing listens"},
        {"could not translate host name \"db.x.supabase.co\" to address: No address", "IPv6"},
        {"connection to server at \"2a05::1\" failed: Network is unreachable", "IPv6"},
        {"root certificate file \"/root/.postgresql/root.crt\" does not exist", "sslrootcert"},
        {"SSL error: certificate verify failed", "sslrootcert"},
        {"fe_sendauth: no password supplied", "PGPASSWORD"},
        {"server does not support SSL, but SSL was required", "sslmode"},
    };
    for (const auto& c : cases) {
        EXPECT_NE(told(c.message).hint.find(c.word), std::string::npos) << c.message;
    }
}

}  // namespace
}  // namespace historyd::postgres
