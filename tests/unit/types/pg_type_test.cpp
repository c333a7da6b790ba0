#include "storage/types/pg_type.hpp"

#include <gtest/gtest.h>

#include "case_file.hpp"

namespace historyd::types {
namespace {

TEST(pg_type, names_types_as_format_type) {
    for (const auto& cells : read_cases("format_type.tsv")) {
        const auto* info = find_type(std::string_view(cells[0] == "\"char\"" ? "char" : cells[0]));
        ASSERT_NE(info, nullptr) << cells[0];
        EXPECT_EQ(std::to_string(info->id), cells[2]) << cells[0];
        // format_type(oid, NULL) is the display name; -1 is "no modifier given".
        const std::string got = cells[1] == "NULL" ? std::string(info->display_name)
                                                   : format_type({info->id, std::stoi(cells[1])});
        EXPECT_EQ(got, cells[3]) << cells[0] << " " << cells[1];
    }
}

TEST(pg_type, finds_types_by_any_of_their_names) {
    const auto id_of = [](std::string_view name) {
        const auto* info = find_type(name);
        return info == nullptr ? 0 : info->id;
    };
    EXPECT_EQ(id_of("int4"), type_oid::int4);
    EXPECT_EQ(id_of("integer"), type_oid::int4);
    EXPECT_EQ(id_of("int"), type_oid::int4);
    EXPECT_EQ(id_of("character varying"), type_oid::varchar);
    EXPECT_EQ(id_of("timestamp"), type_oid::timestamp);
    EXPECT_EQ(id_of("time with time zone"), type_oid::timetz);
    EXPECT_EQ(id_of("decimal"), type_oid::numeric);
    EXPECT_EQ(id_of("char"), type_oid::char_);
    EXPECT_EQ(id_of("character"), type_oid::bpchar);
    EXPECT_EQ(id_of("_text"), type_oid::text_array);
    EXPECT_EQ(id_of("text[]"), type_oid::text_array);
    EXPECT_EQ(id_of("int[]"), type_oid::int4_array);
    EXPECT_EQ(id_of("serial"), 0u);
    EXPECT_EQ(id_of(""), 0u);
    EXPECT_EQ(id_of("[]"), 0u);
}

TEST(pg_type, elements_and_arrays_point_at_each_other) {
    for (oid id = 0; id < 10'000; ++id) {
        const auto* info = find_type(id);
        if (info == nullptr) continue;
        EXPECT_EQ(info->id, id);
        if (info->array != 0) {
            ASSERT_NE(find_type(info->array), nullptr) << info->name;
            EXPECT_EQ(find_type(info->array)->element, id) << info->name;
        }
        if (info->element != 0) {
            EXPECT_NE(find_type(info->element), nullptr) << info->name;
            EXPECT_EQ(info->form, storage_form::text) << info->name;
        }
    }
    EXPECT_EQ(find_type(oid{4'000'000'000}), nullptr);
}

}  // namespace
}  // namespace historyd::types
