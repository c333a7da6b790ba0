#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

// One pair of parentheses. All of them capture in PCRE2, so that it is seen what each of them took.
struct regex_group {
    bool captures = false;  // for PostgreSQL too
    bool repeated = false;  // a quantifier applies to it: only its last turn is seen
    match_length before = match_length::longest;  // wanted of what lies between the last one and it
    match_length inside = match_length::longest;
};

struct pcre_pattern {
    std::string text;
    std::vector<regex_group> groups;
    // There may be several ways to take the groups from one match, and PCRE2's first may not be
    // PostgreSQL's. The text ends with a callout then.
    bool is_ambiguous = false;
    std::uint32_t options = 0;  // PCRE2_...
    match_length wanted = match_length::longest;
};

// PostgreSQL's advanced regular expressions in PCRE2's terms. Errors: 2201B.
result<pcre_pattern> translate_regex(std::string_view pattern, regex_flags flags);

}  // namespace historyd::sqlite
