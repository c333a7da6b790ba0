#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/functions/function_call.hpp"

namespace historyd::sqlite {

// How an aggregate's rows are ordered, from the text the translator passes: optional "D;" for
// DISTINCT, then per key "a" or "d", "f" or "l" (NULLs first or last) and optionally ":" and a
// collation, keys separated by ";".
struct sort_spec {
    struct key {
        bool descending = false;
        bool nulls_first = false;
        types::oid type = 0;  // compare texts as this type; 0 by bytes
        bool blank_padded = false;
    };
    bool distinct = false;
    std::vector<key> keys;

    static result<sort_spec> parse(std::string_view text);
};

// Two values by SQLite's order of types, texts as `key` says; its direction is not applied.
int compare_values(const sort_spec::key& key, const value_view& a, const value_view& b);
// The same with direction and place of NULLs.
int compare_sorted(const sort_spec::key& key, const value_view& a, const value_view& b);

}  // namespace historyd::sqlite
