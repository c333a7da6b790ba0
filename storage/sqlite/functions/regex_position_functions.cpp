#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/regex_search.hpp"
#include "storage/types/utf8.hpp"

// regexp_count(), regexp_instr() and regexp_substr().

namespace historyd::sqlite {
namespace {

result<value> count(const function_call& c) {
    const auto text = c.text(0);
    const auto offset = start_offset(c, 2, text);
    if (!offset) return offset.error();
    const auto prepared = prepare_regex(c, 1, 3);
    if (!prepared) return prepared.error();
    if (prepared->global) return global_not_supported("regexp_count");
    std::int64_t n = 0;
    if (!*offset) return value(n);
    regex_matches matches(prepared->expression, text, **offset);
    for (;;) {
        const auto found = matches.next();
        if (!found) return found.error();
        if (found->empty()) return value(n);
        ++n;
    }
}

// The group `group` of the nth match from `start`; arguments 2 and 3 are start and n.
result<std::optional<regex::span>> nth_match(const function_call& c, const char* name, int flags,
                                             int group) {
    const auto text = c.text(0);
    const auto offset = start_offset(c, 2, text);
    if (!offset) return offset.error();
    const auto n = c.count() > 3 ? c.integer(3) : 1;
    if (n < 1) return invalid_parameter("n", n);
    const auto wanted_group = c.count() > group ? c.integer(group) : 0;
    if (wanted_group < 0) return invalid_parameter("subexpr", wanted_group);
    const auto prepared = prepare_regex(c, 1, flags);
    if (!prepared) return prepared.error();
    if (prepared->global) return global_not_supported(name);
    if (!*offset || wanted_group > prepared->expression->group_count()) {
        return std::optional<regex::span>();
    }
    regex_matches matches(prepared->expression, text, **offset);
    for (std::int64_t i = 1;; ++i) {
        const auto found = matches.next();
        if (!found) return found.error();
        if (found->empty()) return std::optional<regex::span>();
        if (i == n) return (*found)[static_cast<std::size_t>(wanted_group)];
    }
}

// regexp_instr(text, pattern, start, n, endoption, flags, subexpr).
result<value> position(const function_call& c) {
    const auto end_option = c.count() > 4 ? c.integer(4) : 0;
    if (end_option != 0 && end_option != 1) return invalid_parameter("endoption", end_option);
    const auto found = nth_match(c, "regexp_instr", 5, 6);
    if (!found) return found.error();
    if (!*found) return value(std::int64_t{0});
    const auto bytes = end_option == 1 ? (*found)->end : (*found)->begin;
    return value(static_cast<std::int64_t>(types::count_characters(c.text(0).substr(0, bytes))) +
                 1);
}

// regexp_substr(text, pattern, start, n, flags, subexpr).
result<value> part(const function_call& c) {
    const auto found = nth_match(c, "regexp_substr", 4, 5);
    if (!found) return found.error();
    if (!*found) return value();
    return value(std::string((*found)->in(c.text(0))));
}

}  // namespace

std::span<const scalar_function> regex_position_functions() {
    static constexpr scalar_function functions[] = {
        strict<count>("pg_regexp_count", 2),    strict<count>("pg_regexp_count", 3),
        strict<count>("pg_regexp_count", 4),    strict<position>("pg_regexp_instr", 2),
        strict<position>("pg_regexp_instr", 3), strict<position>("pg_regexp_instr", 4),
        strict<position>("pg_regexp_instr", 5), strict<position>("pg_regexp_instr", 6),
        strict<position>("pg_regexp_instr", 7), strict<part>("pg_regexp_substr", 2),
        strict<part>("pg_regexp_substr", 3),    strict<part>("pg_regexp_substr", 4),
        strict<part>("pg_regexp_substr", 5),    strict<part>("pg_regexp_substr", 6),
    };
    return functions;
}

}  // namespace historyd::sqlite
