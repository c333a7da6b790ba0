#include "storage/types/copy_format.hpp"

#include <gtest/gtest.h>

namespace historyd::types {
namespace {

using rows = std::vector<copy_row>;

copy_options csv() {
    copy_options o;
    o.csv = true;
    o.delimiter = ',';
    o.null_text = "";
    return o;
}

// Feeds the bytes in two pieces, cut at `cut`.
rows read(const copy_options& options, std::string_view bytes, std::size_t cut) {
    copy_reader reader(options, 1 << 20);
    rows all;
    const auto drain = [&] {
        for (;;) {
            auto row = reader.next();
            if (!row) {
                ADD_FAILURE() << row.error().message;
                return;
            }
            if (!*row) return;
            all.push_back(std::move(**row));
        }
    };
    reader.push(bytes.substr(0, cut));
    drain();
    reader.push(bytes.substr(cut));
    drain();
    reader.finish();
    drain();
    return all;
}

void expect_at_every_cut(const copy_options& options, std::string_view bytes,
                         const rows& expected) {
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        EXPECT_EQ(read(options, bytes, cut), expected) << "cut at " << cut;
    }
}

TEST(copy_format, text_rows_with_escapes_and_nulls) {
    expect_at_every_cut({}, "1\ta\\tb\\\\\t\\N\n2\t\\x41\\101\\q\tline\\\nbreak\n",
                        {{"1", "a\tb\\", std::nullopt}, {"2", "AAq", "line\nbreak"}});
}

TEST(copy_format, text_without_a_final_newline) {
    expect_at_every_cut({}, "1\t2\n3\t4", {{"1", "2"}, {"3", "4"}});
}

TEST(copy_format, text_ends_at_backslash_period) {
    expect_at_every_cut({}, "1\n\\.\n2\n", {{"1"}});
}

TEST(copy_format, csv_quotes_newlines_and_nulls) {
    expect_at_every_cut(csv(), "1,\"a,\"\"b\"\"\nc\",,\"\"\r\n2,x,y,z\n",
                        {{"1", "a,\"b\"\nc", std::nullopt, ""}, {"2", "x", "y", "z"}});
}

TEST(copy_format, csv_header_is_skipped) {
    auto options = csv();
    options.header = true;
    expect_at_every_cut(options, "a,b\n1,2\n", {{"1", "2"}});
}

TEST(copy_format, an_open_quote_at_the_end_is_22P04) {
    copy_reader reader(csv(), 1 << 20);
    reader.push("1,\"a\n");
    reader.finish();
    const auto row = reader.next();
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().sqlstate, "22P04");
}

TEST(copy_format, a_row_beyond_the_limit_is_54000) {
    copy_reader reader({}, 16);
    reader.push(std::string(17, 'x'));
    const auto row = reader.next();
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().sqlstate, "54000");
}

TEST(copy_format, fields_come_back_as_they_went) {
    for (const auto& options : {copy_options{}, csv()}) {
        const copy_row row{"", "a\tb,c\"d\\e\nf", std::nullopt, "\\.", "plain"};
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            append_copy_field(options, i == 0,
                              row[i] ? std::optional<std::string_view>(*row[i]) : std::nullopt,
                              line);
        }
        line.push_back('\n');
        auto expected = row;
        // CSV writes an empty string with quotes, so that it is not NULL.
        EXPECT_EQ(read(options, line, 0), rows{expected}) << line;
    }
}

}  // namespace
}  // namespace historyd::types
