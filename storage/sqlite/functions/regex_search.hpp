#pragma once

#include "storage/sqlite/functions/function_call.hpp"
#include "storage/sqlite/functions/regex.hpp"

// What the regexp_... functions have in common.

namespace historyd::sqlite {

// A compiled pattern and whether the flags said "g".
struct prepared_regex {
    std::shared_ptr<const regex> expression;
    bool global = false;
};

// `flags`: index of the argument with the flags; there are none when the call has fewer arguments.
result<prepared_regex> prepare_regex(const function_call& c, int pattern, int flags);
// 22023: for the functions that find one match, or all by nature. `name` is the SQL function's.
sql_error global_not_supported(const char* name);
sql_error invalid_parameter(const char* name, std::int64_t v);

// All the matches from byte `from` on, one call of next() each. An empty match moves one character
// on.
class regex_matches {
public:
    regex_matches(std::shared_ptr<const regex> expression, std::string_view text, std::size_t from)
        : expression_(std::move(expression)), text_(text), at_(from) {}

    // Returns: empty at the end.
    result<regex::match_spans> next();

private:
    std::shared_ptr<const regex> expression_;
    std::string_view text_;
    std::size_t at_;
    bool at_end_ = false;
};

// Argument `i`, a 1-based character position (22023 below 1), as a byte offset into `text`; 0 when
// the call has fewer arguments. Behind the end: nullopt.
result<std::optional<std::size_t>> start_offset(const function_call& c, int i,
                                                std::string_view text);

// {first group, second group, ...} of a match, or {whole match} without groups: a text[].
value groups_array(const regex::match_spans& spans, std::string_view text);

// The pieces between the matches; empty matches at the ends and right after a match do not count.
result<std::vector<std::string>> split_by_regex(const function_call& c, const char* name);

}  // namespace historyd::sqlite
