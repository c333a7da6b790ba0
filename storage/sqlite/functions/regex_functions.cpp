#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/regex_search.hpp"
#include "storage/types/array_text.hpp"

// The ~ operators and the regexp_... functions that answer with text.

namespace historyd::sqlite {
namespace {

result<value> like(const function_call& c) {
    const auto prepared = prepare_regex(c, 1, 2);
    if (!prepared) return prepared.error();
    if (prepared->global) return global_not_supported("regexp_like");
    const auto found = prepared->expression->matches(c.text(0));
    if (!found) return found.error();
    return bool_value(*found);
}

result<value> match(const function_call& c) {
    const auto prepared = prepare_regex(c, 1, 2);
    if (!prepared) return prepared.error();
    if (prepared->global) {
        return global_not_supported("regexp_match")
            .with_hint("Use the regexp_matches function instead.");
    }
    const auto found = prepared->expression->search(c.text(0), 0);
    if (!found) return found.error();
    return found->empty() ? value() : groups_array(*found, c.text(0));
}

// substring(text from pattern): the first group, or the match when there are no groups.
result<value> substring(const function_call& c) {
    const auto expression = regex::compile(c.text(1), {});
    if (!expression) return expression.error();
    const auto found = (*expression)->search(c.text(0), 0);
    if (!found) return found.error();
    if (found->empty()) return value();
    const auto& part = found->size() > 1 ? (*found)[1] : found->front();
    if (!part) return value();
    return value(std::string(part->in(c.text(0))));
}

result<value> split(const function_call& c) {
    auto pieces = split_by_regex(c, "regexp_split_to_array");
    if (!pieces) return pieces.error();
    std::vector<std::optional<std::string>> elements;
    for (auto& piece : *pieces) elements.emplace_back(std::move(piece));
    return value(types::array_to_text(types::one_dimensional(std::move(elements))));
}

// Appends a replacement: \1 to \9 are groups, \& the match, \\ a backslash.
void append_replacement(std::string_view replacement, const regex::match_spans& spans,
                        std::string_view text, std::string& out) {
    for (std::size_t at = 0; at < replacement.size(); ++at) {
        const char next =
            replacement[at] == '\\' && at + 1 < replacement.size() ? replacement[at + 1] : '\0';
        std::size_t group = SIZE_MAX;
        if (next >= '1' && next <= '9') group = static_cast<std::size_t>(next - '0');
        if (next == '&') group = 0;
        if (group != SIZE_MAX) {
            if (group < spans.size() && spans[group]) out += spans[group]->in(text);
            ++at;
        } else {
            if (next == '\\') ++at;
            out += replacement[at];
        }
    }
}

// `wanted`: which match to replace, 0 for all of them.
result<value> replace_matches(const function_call& c,
                              const std::shared_ptr<const regex>& expression, std::size_t from,
                              std::int64_t wanted) {
    const auto text = c.text(0);
    regex_matches matches(expression, text, from);
    std::string out;
    std::size_t copied = 0;
    for (std::int64_t n = 1; wanted == 0 || n <= wanted; ++n) {
        const auto found = matches.next();
        if (!found) return found.error();
        if (found->empty()) break;
        if (wanted != 0 && n != wanted) continue;
        const auto& whole = *found->front();
        out += text.substr(copied, whole.begin - copied);
        append_replacement(c.text(2), *found, text, out);
        copied = whole.end;
    }
    out += text.substr(copied);
    return value(std::move(out));
}

// regexp_replace(text, pattern, replacement [, flags]): the first match, or all with "g".
result<value> replace(const function_call& c) {
    if (c.count() > 3 && !c.text(3).empty() && c.text(3)[0] >= '0' && c.text(3)[0] <= '9') {
        const auto flags = c.text(3);
        return sql_error(sqlstate::invalid_parameter_value,
                         "invalid regular expression option: \"" +
                             std::string(flags.substr(0, character_bytes(flags, 0))) + "\"")
            .with_hint(
                "If you meant to use regexp_replace() with a start parameter, cast the "
                "fourth argument to integer explicitly.");
    }
    const auto prepared = prepare_regex(c, 1, 3);
    if (!prepared) return prepared.error();
    return replace_matches(c, prepared->expression, 0, prepared->global ? 0 : 1);
}

// regexp_replace(text, pattern, replacement, start [, n [, flags]]).
result<value> replace_from(const function_call& c) {
    const auto offset = start_offset(c, 3, c.text(0));
    if (!offset) return offset.error();
    const auto wanted = c.count() > 4 ? c.integer(4) : 1;
    if (wanted < 0) return invalid_parameter("n", wanted);
    const auto prepared = prepare_regex(c, 1, 5);
    if (!prepared) return prepared.error();
    if (!*offset) return c.copy(0);
    return replace_matches(c, prepared->expression, **offset, wanted);
}

}  // namespace

std::span<const scalar_function> regex_functions() {
    static constexpr scalar_function functions[] = {
        strict<like>("pg_regexp_like", 2),
        strict<like>("pg_regexp_like", 3),
        strict<match>("pg_regexp_match", 2),
        strict<match>("pg_regexp_match", 3),
        strict<substring>("pg_regexp_substring", 2),
        strict<split>("pg_regexp_split", 2),
        strict<split>("pg_regexp_split", 3),
        strict<replace>("pg_regexp_replace", 3),
        strict<replace>("pg_regexp_replace", 4),
        strict<replace_from>("pg_regexp_replace_from", 4),
        strict<replace_from>("pg_regexp_replace_from", 5),
        strict<replace_from>("pg_regexp_replace_from", 6),
    };
    return functions;
}

}  // namespace historyd::sqlite
