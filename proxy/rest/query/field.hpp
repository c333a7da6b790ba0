#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/rest/query/text_cursor.hpp"

namespace historyd::rest {

// ->key, ->>key, ->0: a step into a json value; as_text for the two-headed arrow.
struct json_step {
    std::variant<std::string, std::int32_t> to;
    bool as_text = false;
    bool operator==(const json_step&) const = default;
};

// A column, and perhaps a way into it: data->a->>b.
struct field {
    std::string name;
    std::vector<json_step> path;
    bool operator==(const field&) const = default;
};

// A name of letters, digits, _ $ blanks and dashes, or anything in double quotes.
result<std::string> take_name(text_cursor& in);
result<field> take_field(text_cursor& in);
// "..." with \ before what is meant as it is. Requires: a quote comes next.
result<std::string> take_quoted(text_cursor& in);
// a,b,c to the end.
result<std::vector<std::string>> parse_names(std::string_view text, std::string_view parameter);

}  // namespace historyd::rest
