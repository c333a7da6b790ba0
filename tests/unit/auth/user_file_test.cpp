#include "proxy/auth/user_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/unit/sqlite/temporary_directory.hpp"

namespace historyd::auth {

namespace {

const std::string verifier =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

std::string error_of(std::string_view text) {
    const auto list = user_list::parse(text, "users.txt");
    return list ? "fine" : list.error().message;
}

TEST(user_file, form_of_pgbouncer) {
    const auto list = user_list::parse(
        "; comment\n\n\"ann\" \"" + verifier + "\"\r\n \"o\"\"hara\"\t\"" + verifier + "\"\n", "f");
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_NE(list->find("ann"), nullptr);
    EXPECT_EQ(list->find("ann")->text(), verifier);
    EXPECT_NE(list->find("o\"hara"), nullptr);
    EXPECT_EQ(list->find("nobody"), nullptr);
}

TEST(user_file, errors_name_the_line_and_no_secret) {
    EXPECT_EQ(error_of("\"ann\" \"" + verifier + "\"\nann " + verifier),
              "users.txt:2: a line is \"name\" \"verifier\"");
    EXPECT_EQ(error_of("\"ann\" \"hunter2\""),
              "users.txt:1: no SCRAM-SHA-256 verifier, and passwords are not kept here: run "
              "`historyd user add ann`");
    EXPECT_NE(error_of("\"ann\" \"" + verifier), "fine");
    EXPECT_NE(error_of("\"\" \"" + verifier + "\""), "fine");
}

TEST(user_file, stored_users_replace_their_line_only) {
    const temporary_directory folder;
    const auto file = folder.file("users.txt");
    const auto v = *protocol::scram_verifier::parse(verifier);
    EXPECT_TRUE(user_list::load(file)->empty());
    EXPECT_EQ(*store_user(file, "ann", v), user_change::added);
    std::ofstream(file, std::ios::app) << "; kept\n";
    const auto w = protocol::scram_verifier::of("other", "0123456789abcdef");
    EXPECT_EQ(*store_user(file, "b\"ob", w), user_change::added);
    EXPECT_EQ(*store_user(file, "ann", w), user_change::replaced);
    const auto list = user_list::load(file);
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(*list->find("ann"), w);
    EXPECT_EQ(*list->find("b\"ob"), w);
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    std::getline(in, line);
    EXPECT_EQ(line, "; kept");
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    ::chmod(file.c_str(), 0644);
    EXPECT_FALSE(user_list::load(file));
}

TEST(user_file, mock_secret_stays_with_the_first_user) {
    const auto one = *user_list::parse("\"a\" \"" + verifier + "\"", "f");
    const auto two =
        *user_list::parse("\"a\" \"" + verifier + "\"\n\"b\" \"" + verifier + "\"", "f");
    EXPECT_EQ(one.mock_secret(), two.mock_secret());
    EXPECT_EQ(user_list().mock_secret(), user_list().mock_secret());
}

}  // namespace

}  // namespace historyd::auth
