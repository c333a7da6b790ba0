#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::sqlite {

// The letters a regular expression function takes, and (?...) at the start of a pattern.
struct regex_flags {
    bool ignore_case = false;
    bool expanded = false;                  // x
    bool literal = false;                   // q
    bool dot_stops_at_newline = false;      // n, p
    bool anchors_match_at_newline = false;  // n, w
    bool global = false;                    // g: the function's business
};

// Errors: 22023 for an unknown letter.
result<regex_flags> parse_regex_flags(std::string_view letters);

// Which of the matches that start at the first possible place is wanted: PostgreSQL decides that
// for the expression as a whole (documentation, "Regular Expression Matching Rules").
enum class match_length : std::uint8_t { longest, shortest };

struct pcre_pattern {
    std::string text;
    std::uint32_t options = 0;  // PCRE2_...
    match_length wanted = match_length::longest;
};

// PostgreSQL's advanced regular expressions in PCRE2's terms. Errors: 2201B.
result<pcre_pattern> translate_regex(std::string_view pattern, regex_flags flags);

}  // namespace historyd::sqlite
