#include "storage/types/compare.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "case_file.hpp"

namespace historyd::types {
namespace {

int sign(int v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }

TEST(compare, orders_as_postgresql) {
    for (const auto& cells : read_cases("order.tsv")) {
        const auto type = type_of(cells[0]);
        const io_settings settings;
        const auto a = text_in(type, cells[1], settings), b = text_in(type, cells[2], settings);
        ASSERT_TRUE(a && b) << cells[0];
        EXPECT_EQ(sign(compare_values(type.id, view_of(*a), view_of(*b))), std::stoi(cells[3]))
            << cells[0] << " " << cells[1] << " against " << cells[2];
    }
}

// A collation that is not a total order breaks SQLite's indexes: try every pair and triple of
// texts, those that are not of the type included.
TEST(compare, is_total_on_any_text) {
    const std::vector<std::string> texts{
        "",   "x",        "1",     "1.0",    "-1",   "NaN",   "{1,2}",
        "{",  "1 day",    "1 mon", "[1]",    "null", "\"a\"", "10:00:00.000000+00:00",
        "{}", "Infinity", "1e5",   "{NULL}", "{x}",  "\xff"};
    const std::size_t n = texts.size();
    for (const auto& collation : collations()) {
        std::vector<std::vector<int>> order(n, std::vector<int>(n));
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = 0; b < n; ++b) {
                order[a][b] = sign(compare_text(collation.type, texts[a], texts[b]));
            }
        }
        for (std::size_t a = 0; a < n; ++a) {
            EXPECT_EQ(order[a][a], 0) << collation.name << " " << texts[a];
            for (std::size_t b = 0; b < n; ++b) {
                EXPECT_EQ(order[a][b], -order[b][a])
                    << collation.name << " " << texts[a] << " " << texts[b];
                for (std::size_t c = 0; c < n; ++c) {
                    if (order[a][b] > 0 || order[b][c] > 0) continue;
                    EXPECT_LE(order[a][c], 0)
                        << collation.name << " " << texts[a] << " " << texts[b] << " " << texts[c];
                }
            }
        }
    }
}

TEST(compare, every_collation_of_the_registry_is_listed_once) {
    std::set<std::string_view> names;
    for (const auto& collation : collations()) {
        EXPECT_TRUE(names.insert(collation.name).second) << collation.name;
        EXPECT_EQ(find_type(collation.type)->collation, collation.name);
    }
    for (oid id = 1; id < 6000; ++id) {
        const auto* info = find_type(id);
        if (info == nullptr || info->collation.empty() || info->collation == "rtrim") continue;
        EXPECT_TRUE(names.contains(info->collation)) << info->name;
    }
}

}  // namespace
}  // namespace historyd::types
