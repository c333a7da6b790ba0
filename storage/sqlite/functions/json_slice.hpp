#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/types/json_text.hpp"

// A JSON text cut up without building a tree: the parts are as written, which json must give back.
// For jsonb the parts of the canonical text are canonical themselves.

namespace historyd::sqlite {

using types::json_kind;

// What tells apart functions that are otherwise one: the type they are for, and whether a part is
// given as JSON or as text.
enum class json_flavour : std::uint8_t { json, jsonb };
enum class json_give : std::uint8_t { json, text };

struct json_member {
    std::string key;         // escapes resolved
    std::string_view value;  // as written, without blanks around
};

// The kind of a value by its first character. Errors: 22P02 for what is no JSON.
result<json_kind> kind_of_json(std::string_view text);

// Requires: an object / an array. Errors: 22P02, 54001.
result<std::vector<json_member>> json_members(std::string_view object);
result<std::vector<std::string_view>> json_elements(std::string_view array);

// The last member of that name; element `index`, counted from the end when negative. Returns:
// nullopt when there is none, or the value is not an object / not an array.
result<std::optional<std::string_view>> json_field(std::string_view text, std::string_view key);
result<std::optional<std::string_view>> json_element(std::string_view text, std::int64_t index);
// By steps; a step into an array is its index. Returns: nullopt when a step leads nowhere.
result<std::optional<std::string_view>> json_path(std::string_view text,
                                                  const std::vector<std::string>& steps);

// What ->> gives: a string's characters, null as nullopt, anything else as written.
result<std::optional<std::string>> json_as_text(std::string_view value);

// A json's text without the blanks around it.
std::string_view trim_json(std::string_view text);

}  // namespace historyd::sqlite
