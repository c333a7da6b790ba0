#include <gtest/gtest.h>

#include <fstream>

#include "storage/transfer/row_target.hpp"
#include "temporary_directory.hpp"

namespace historyd::transfer {
namespace {

using rows = std::vector<record>;

class TextFiles : public ::testing::Test {
protected:
    std::string write(const std::string& name, const std::string& bytes) const {
        std::ofstream(dir_.file(name), std::ios::binary) << bytes;
        return dir_.file(name).string();
    }
    static result<rows> read(const std::string& file) {
        auto sources = open_sources(file);
        if (!sources) return sources.error();
        rows out;
        for (;;) {
            record r;
            auto more = sources->front()->next(r);
            if (!more) return more.error();
            if (!*more) return out;
            out.push_back(std::move(r));
        }
    }
    static record message(const std::string& id, const std::string& content) {
        return {.table = 1,
                .fields = {id, "scope", std::nullopt, content, "", std::nullopt},
                .defect = {}};
    }

    temporary_directory dir_;
};

TEST_F(TextFiles, CsvByItsHeader) {
    const auto got = read(write("h.csv",
                                "\xef\xbb\xbfmemory_id,id,event,new_memory,extra\r\n"
                                "m,a,ADD,\"two\nlines, \"\"quoted\"\"\",1\r\n"
                                "m,b,ADD,\"\",2"));
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 2u);
    EXPECT_EQ((*got)[0].fields[0], "a");
    EXPECT_EQ((*got)[0].fields[3], "two\nlines, \"quoted\"");
    EXPECT_EQ((*got)[1].fields[3], "");
    EXPECT_EQ((*got)[1].fields[2], std::nullopt);
}

TEST_F(TextFiles, WhatIsWrongIsNamedWithItsLine) {
    const auto few = read(write("h.csv", "id,memory_id,event\na,m,ADD\nb,m\n"));
    ASSERT_FALSE(few);
    EXPECT_NE(few.error().message.find("h.csv, line 3"), std::string::npos);
    const auto broken = read(write("h.jsonl", "\n{\"id\": \"a\"\n"));
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().message.find("h.jsonl, line 2"), std::string::npos);
    EXPECT_FALSE(read(write("i.csv", "name,age\nann,3\n")));
    EXPECT_FALSE(read(write("j.jsonl", "[1]\n")));
    EXPECT_FALSE(read(write("k.txt", "whatever")));
    EXPECT_FALSE(read(write("empty.csv", "")));
}

TEST_F(TextFiles, JsonlWithAndWithoutATableName) {
    const auto got =
        read(write("h.jsonl",
                   "{\"table\": \"messages\", \"id\": \"a\", \"session_scope\": \"s\"}\n\n"
                   "{\"id\": \"b\", \"memory_id\": \"m\", \"event\": \"ADD\", \"is_deleted\": "
                   "true, \"created_at\": 1727802000}"));
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 2u);
    EXPECT_EQ((*got)[0].table, 1u);
    EXPECT_EQ((*got)[1].fields[7], "1");
}

TEST_F(TextFiles, WhatIsWrittenIsReadBack) {
    const rows all{message("a", "x"), message("b", "tab\tquote\"comma,\nline\\N")};
    for (const auto* name : {"out.csv", "out.jsonl"}) {
        const auto file = dir_.file(name).string();
        auto target = open_target(file, false);
        ASSERT_TRUE(target);
        ASSERT_TRUE((*target)->prepare(1, false));
        ASSERT_TRUE((*target)->insert(all));
        ASSERT_TRUE((*target)->finish());
        const auto made =
            std::string(name) == "out.csv" ? dir_.file("out.messages.csv").string() : file;
        const auto got = read(made);
        ASSERT_TRUE(got) << got.error().message;
        ASSERT_EQ(got->size(), 2u);
        for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ((*got)[i].fields, all[i].fields) << name;
    }
    EXPECT_FALSE(open_target(dir_.file("out.jsonl").string(), false));
}

TEST_F(TextFiles, AFileThatIsNotFinishedHasNoName) {
    {
        auto target = open_target(dir_.file("out.jsonl").string(), false);
        ASSERT_TRUE(target);
        ASSERT_TRUE((*target)->prepare(1, false));
        ASSERT_TRUE((*target)->insert(rows{message("a", "x")}));
    }
    EXPECT_TRUE(std::filesystem::is_empty(dir_.file("")));
}

}  // namespace
}  // namespace historyd::transfer
