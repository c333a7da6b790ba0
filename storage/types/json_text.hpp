#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/sql_error.hpp"

// JSON as PostgreSQL has it: json is checked and kept as text, jsonb is a tree printed one way.

namespace historyd::types {

enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

struct json_pair;

// One JSON value. Numbers keep their text (numeric's digits: 1.10 stays 1.10).
struct json_node {
    json_kind kind = json_kind::null;
    bool boolean = false;
    std::string text;  // number: its text; string: the characters, escapes resolved
    std::vector<json_node> items;
    std::vector<json_pair> members;

    // The last member of that name. Returns: nullptr when there is none or this is no object.
    const json_node* find(std::string_view key) const;
};

struct json_pair {
    json_pair(std::string key, json_node member)
        : first(std::move(key)), second(std::move(member)) {}

    std::string first;
    json_node second;
};

inline constexpr std::size_t json_depth_max = 2'000;  // 54001 beyond

// Errors: 22P02 with PostgreSQL's detail; 22P05 for \u0000 where it must become a character.
result<void> check_json(std::string_view text);
// As written: member order and duplicates kept, numbers as spelled.
result<json_node> parse_json(std::string_view text);
// As jsonb holds it: members ordered by length, then bytes; of duplicates the last; numbers as
// numeric prints them.
result<json_node> parse_jsonb(std::string_view text);

// parse_jsonb and print_jsonb in one: storage form of a jsonb.
result<std::string> normalise_jsonb(std::string_view text);

// {"a": 1, "b": [1, 2]}: jsonb's output text.
void print_jsonb(const json_node& node, std::string& out);
// The same without blanks: {"a":1,"b":[1,2]}.
void print_compact(const json_node& node, std::string& out);
// Orders and de-duplicates the members of every object (after building or editing a tree).
void sort_members(json_node& node);
// "..." with the escapes PostgreSQL writes.
void append_json_string(std::string_view text, std::string& out);

// jsonb's btree order: Object > Array > Boolean > Number > String > null, and so on.
int compare_jsonb(const json_node& a, const json_node& b);

}  // namespace historyd::types
