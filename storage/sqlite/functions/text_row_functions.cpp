#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/regex_search.hpp"
#include "storage/sqlite/functions/split_text.hpp"
#include "storage/types/array_text.hpp"

// Texts split: string_to_array(), and string_to_table(), regexp_split_to_table(), regexp_matches()
// as rows.

namespace historyd::sqlite {
namespace {

// string_to_array(text, delimiter [, text that stands for NULL]).
result<value> to_array(const function_call& c) {
    if (c.is_null(0)) return value();
    auto pieces = split_text(c);
    return value(types::array_to_text(types::one_dimensional(std::move(pieces))));
}

result<row_source_ptr> to_table(const function_call& c) {
    if (c.is_null(0)) return known_values({});
    std::vector<value> values;
    for (auto& piece : split_text(c)) {
        values.push_back(piece ? value(std::move(*piece)) : value());
    }
    return known_values(std::move(values));
}

result<row_source_ptr> regex_split(const function_call& c) {
    auto pieces = split_by_regex(c, "regexp_split_to_table");
    if (!pieces) return pieces.error();
    std::vector<value> values;
    for (auto& piece : *pieces) values.emplace_back(std::move(piece));
    return known_values(std::move(values));
}

result<row_source_ptr> regex_all(const function_call& c) {
    const auto prepared = prepare_regex(c, 1, 2);
    if (!prepared) return prepared.error();
    regex_matches matches(prepared->expression, c.text(0), 0);
    std::vector<value> values;
    do {
        const auto found = matches.next();
        if (!found) return found.error();
        if (found->empty()) break;
        values.push_back(groups_array(*found, c.text(0)));
    } while (prepared->global);
    return known_values(std::move(values));
}

}  // namespace

std::span<const scalar_function> text_array_functions() {
    static constexpr scalar_function functions[] = {
        nullable<to_array>("pg_string_to_array", 2),
        nullable<to_array>("pg_string_to_array", 3),
    };
    return functions;
}

std::span<const table_function> text_row_functions() {
    static const std::vector<const char*> one = {"value"};
    static const table_function functions[] = {
        {"pg_string_to_table", 3, one, false, to_table},
        {"pg_regexp_split_to_table", 3, one, true, regex_split},
        {"pg_regexp_matches", 3, one, true, regex_all},
    };
    return functions;
}

}  // namespace historyd::sqlite
