#include <gtest/gtest.h>

#include "case_file.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::types {
namespace {

std::string cast_and_print(type_ref from, type_ref to, const std::string& input,
                           const io_settings& settings) {
    auto v = text_in(from, input, settings);
    if (!v) return describe(v.error());
    const auto converted = cast(from, to, std::move(*v), settings, true);
    if (!converted) return describe(converted.error());
    if (is_null(*converted)) return "";
    std::string text;
    const auto r = text_out(to, view_of(*converted), settings, text);
    return r ? text : describe(r.error());
}

TEST(cast, converts_as_postgresql) {
    for (const auto& cells : read_cases("cast.tsv")) {
        EXPECT_EQ(
            cast_and_print(type_of(cells[0]), type_of(cells[1]), cells[3], settings_of(cells[2])),
            describe_expected(cells, 4))
            << cells[0] << " '" << cells[3] << "' to " << cells[1] << " with " << cells[2];
    }
}

TEST(cast, null_stays_null) {
    const auto v = cast({type_oid::int4, -1}, {type_oid::date, -1}, value(), io_settings{}, true);
    ASSERT_TRUE(v);
    EXPECT_TRUE(is_null(*v));
}

TEST(cast, assignment_does_not_cut_text) {
    const io_settings settings;
    const type_ref varchar_3{type_oid::varchar, 7}, bpchar_3{type_oid::bpchar, 7};
    const auto assigned = [&](type_ref to, const char* text) {
        auto v = cast({type_oid::text, -1}, to, std::string(text), settings, false);
        return v ? std::get<std::string>(*v) : describe(v.error());
    };
    EXPECT_EQ(assigned(varchar_3, "abc  "), "abc");
    EXPECT_EQ(assigned(varchar_3, "abcd"), "!22001|value too long for type character varying(3)||");
    EXPECT_EQ(assigned(bpchar_3, "a"), "a  ");
    EXPECT_EQ(assigned(bpchar_3, "abcd"), "!22001|value too long for type character(3)||");
}

}  // namespace
}  // namespace historyd::types
