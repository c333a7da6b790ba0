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
        ASSERT_TRUE((*target)->publish());
        const auto made =
            std::string(name) == "out.csv" ? dir_.file("out.messages.csv").string() : file;
        const auto got = read(made);
        ASSERT_TRUE(got) << got.error().message;
        ASSERT_EQ(got->size(), 2u);
        for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ((*got)[i].fields, all[i].fields) << name;
    }
    for (const auto* name : {"out.csv", "out.jsonl"}) {
        EXPECT_FALSE(open_target(dir_.file(name).string(), false)) << name;
    }
}

class PartialFile : public TextFiles {
protected:
    // As a run that is interrupted after `all`. Returns: how many rows were there.
    std::size_t begin(const std::string& name, const rows& all, bool complete = false) {
        auto target = open_target(dir_.file(name).string(), false);
        EXPECT_TRUE(target);
        auto ready = (*target)->prepare(1, false);
        EXPECT_TRUE(ready) << ready.error().message;
        if (!ready) return 0;
        const auto there = (*target)->insert(all);
        EXPECT_TRUE(there);
        if (complete) {
            EXPECT_TRUE((*target)->finish());
            EXPECT_TRUE((*target)->publish());
        }
        return there ? *there : 0;
    }
    std::string bytes_of(const std::string& name) const {
        std::ifstream file(dir_.file(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    const rows all_{message("a", "x"), message("b", "y\nz"), message("c", "")};
};

TEST_F(PartialFile, AFileThatIsNotFinishedHasNoName) {
    begin("out.jsonl", all_);
    EXPECT_FALSE(std::filesystem::exists(dir_.file("out.jsonl")));
    EXPECT_TRUE(std::filesystem::exists(dir_.file("out.jsonl.partial")));
}

TEST_F(PartialFile, GoesOnAfterTheRowsThatAreThereWhereverItWasCut) {
    for (const std::string extension : {".csv", ".jsonl"}) {
        const auto file = extension == ".csv" ? "out.messages.csv" : "out.jsonl";
        begin("whole" + extension, all_, true);
        const auto whole = bytes_of(extension == ".csv" ? "whole.messages.csv" : "whole.jsonl");
        for (auto bytes = whole.size() % 7; bytes <= whole.size(); bytes += 7) {
            write(file + std::string(".partial"), whole.substr(0, bytes));
            const auto there = begin("out" + extension, all_, true);
            EXPECT_EQ(bytes_of(file), whole) << bytes;
            EXPECT_EQ(there == all_.size(), bytes == whole.size()) << bytes;
            EXPECT_FALSE(std::filesystem::exists(dir_.file(file + std::string(".partial"))));
            std::filesystem::remove(dir_.file(file));
        }
    }
}

TEST_F(PartialFile, WhatHasChangedInTheSourceIsWrittenAnew) {
    begin("out.jsonl", all_);
    EXPECT_EQ(begin("out.jsonl", {all_[0], message("b", "other")}, true), 1u);
    const auto got = read(dir_.file("out.jsonl").string());
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 2u);
    EXPECT_EQ((*got)[1].fields[3], "other");
    begin("out.csv", all_);
    EXPECT_EQ(begin("out.csv", {all_[0]}, true), 1u);  // the rest is cut off
    EXPECT_EQ(read(dir_.file("out.messages.csv").string())->size(), 1u);
}

TEST_F(PartialFile, AnotherProgramsFileIsNotTouched) {
    for (const std::string name : {"out.csv", "out.jsonl"}) {
        const auto partial = name == "out.csv" ? "out.messages.csv.partial" : "out.jsonl.partial";
        write(partial, "mine");
        auto target = open_target(dir_.file(name).string(), false);
        ASSERT_TRUE(target);
        const auto ready = (*target)->prepare(1, false);
        ASSERT_FALSE(ready);
        EXPECT_EQ(ready.error().sqlstate, sqlstate::duplicate_object);
        EXPECT_EQ(bytes_of(partial), "mine");
    }
}

TEST_F(PartialFile, TwoRunsDoNotWriteOneFile) {
    auto one = open_target(dir_.file("out.jsonl").string(), false);
    auto other = open_target(dir_.file("out.jsonl").string(), false);
    ASSERT_TRUE((*one)->prepare(1, false));
    const auto refused = (*other)->prepare(1, false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sqlstate, sqlstate::object_in_use);
}

TEST_F(PartialFile, AFileThatAppearsMeanwhileIsKept) {
    auto target = open_target(dir_.file("out.jsonl").string(), false);
    ASSERT_TRUE((*target)->prepare(1, false));
    ASSERT_TRUE((*target)->insert(all_));
    write("out.jsonl", "mine");
    ASSERT_TRUE((*target)->finish());
    EXPECT_FALSE((*target)->publish());
    EXPECT_EQ(bytes_of("out.jsonl"), "mine");
}

}  // namespace
}  // namespace historyd::transfer
