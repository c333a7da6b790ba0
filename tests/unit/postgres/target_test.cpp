#include "storage/postgres/target.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace historyd::postgres {
namespace {

using namespace std::chrono_literals;

target parsed(const std::string& url, const std::string& password_file = {}) {
    auto t = target::parse(url, password_file, 30s);
    EXPECT_TRUE(t) << (t ? "" : t.error().message);
    return *t;
}

TEST(BackendTarget, RemoteHostsAreVerifiedUnlessSaidOtherwise) {
    EXPECT_EQ(parsed("postgresql://u@db.example.com/d").value("sslmode"), "verify-full");
    EXPECT_EQ(parsed("host=192.0.2.7 dbname=d").value("sslmode"), "verify-full");
    EXPECT_EQ(parsed("postgresql://localhost,db.example.com/d").value("sslmode"), "verify-full");
    EXPECT_EQ(parsed("host=localhost hostaddr=192.0.2.7").value("sslmode"), "verify-full");
    EXPECT_EQ(parsed("postgresql://u@db.example.com/d?sslmode=require").value("sslmode"),
              "require");
    for (const auto* local : {"postgresql:///d", "postgresql://localhost/d", "host=127.0.0.1",
                              "host=::1", "host=/run/postgresql", "dbname=d"}) {
        EXPECT_EQ(parsed(local).value("sslmode"), "prefer") << local;
    }
}

TEST(BackendTarget, SilenceIsNoticedByTheKernelToo) {
    const auto t = parsed("postgresql://u@db.example.com/d?keepalives_idle=5");
    EXPECT_EQ(t.value("tcp_user_timeout"), "30000");
    EXPECT_EQ(t.value("keepalives"), "1");
    EXPECT_EQ(t.value("keepalives_idle"), "5");
}

TEST(BackendTarget, NothingOfTheSessionIsInTheStartupPacket) {
    const auto refused = target::parse("host=localhost options='-c search_path=x'", {}, 30s);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sqlstate, sqlstate::config_file_error);
    const auto t = parsed("postgresql://postgres.abc@localhost/d");
    EXPECT_EQ(t.value("user"), "postgres.abc");
    for (const auto* keyword : {"options", "application_name", "client_encoding"}) {
        EXPECT_EQ(t.value(keyword), "") << keyword;
    }
}

TEST(BackendTarget, OfSeveralHostsTheOneThatTakesWrites) {
    const auto t = parsed("postgresql://u@localhost:5433,127.0.0.1,localhost:5435/d");
    EXPECT_EQ(t.value("target_session_attrs"), "read-write");
    std::vector<std::string> shown;
    for (const auto& host : t.hosts()) shown.push_back(host.shown());
    EXPECT_EQ(shown, (std::vector<std::string>{"u@localhost:5433/d", "u@127.0.0.1/d",
                                               "u@localhost:5435/d"}));
    const auto one_port = parsed("host=localhost,::1 hostaddr=127.0.0.1,::1 port=5433").hosts();
    ASSERT_EQ(one_port.size(), 2u);
    EXPECT_EQ(one_port[1].value("hostaddr"), "::1");
    EXPECT_EQ(one_port[1].value("port"), "5433");
    EXPECT_EQ(parsed("host=localhost port=1,2").hosts().size(), 1u);
    EXPECT_EQ(parsed("host=localhost").value("target_session_attrs"), "");
    EXPECT_EQ(parsed("host=localhost,::1 target_session_attrs=any").value("target_session_attrs"),
              "any");
}

TEST(BackendTarget, ThePasswordIsNeverShown) {
    const auto t = parsed("postgresql://u:s3cret@db.example.com:6543/d");
    EXPECT_EQ(t.shown(), "u@db.example.com:6543/d");
    for (const auto* malformed : {"postgresql://u:s3cret@h:port:/d?x", "password s3cret",
                                  "postgresql://u:s3cret@h/d?nonsense=1"}) {
        const auto wrong = target::parse(malformed, {}, 30s);
        ASSERT_FALSE(wrong) << malformed;
        EXPECT_EQ(wrong.error().message.find("s3cret"), std::string::npos) << malformed;
    }
}

TEST(BackendTarget, ThePasswordFilesFirstLineWins) {
    const auto file = std::filesystem::temp_directory_path() /
                      ("historyd-password-" + std::to_string(::getpid()));
    std::ofstream(file) << "from the file\r\nsecond line\n";
    EXPECT_EQ(parsed("postgresql://u:in-url@localhost/d", file).value("password"), "from the file");
    std::filesystem::remove(file);
    const auto missing = target::parse("postgresql://u@localhost/d", file, 30s);
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().message.find(file.string()), std::string::npos);
}

}  // namespace
}  // namespace historyd::postgres
