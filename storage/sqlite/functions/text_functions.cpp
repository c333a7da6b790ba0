#include <algorithm>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/letter_case.hpp"
#include "storage/sqlite/functions/text_limit.hpp"
#include "storage/sqlite/memory_budget.hpp"
#include "storage/types/utf8.hpp"

// Functions of a whole text: case, length, characters, repetition.

namespace historyd::sqlite {
namespace {

result<value> lower(const function_call& c) { return value(lower_text(c.text(0))); }
result<value> upper(const function_call& c) { return value(upper_text(c.text(0))); }

result<value> capitalise(const function_call& c) {
    std::string out;
    bool inside_word = false;
    const auto text = c.text(0);
    for (std::size_t at = 0; at < text.size();) {
        const auto code = next_code_point(text, at);
        types::append_utf8(inside_word ? to_lower(code) : to_upper(code), out);
        inside_word = is_alphanumeric(code);
    }
    return value(std::move(out));
}

result<value> length(const function_call& c) {
    return value(static_cast<std::int64_t>(types::count_characters(c.text(0))));
}

result<value> octet_length(const function_call& c) {
    return value(static_cast<std::int64_t>(c.text(0).size()));
}

result<value> ascii(const function_call& c) {
    const auto text = c.text(0);
    std::size_t at = 0;
    return value(text.empty() ? std::int64_t{0}
                              : static_cast<std::int64_t>(next_code_point(text, at)));
}

result<value> chr(const function_call& c) {
    const auto code = c.integer(0);
    const auto limit = [](std::string message) {
        return sql_error(sqlstate::program_limit_exceeded, std::move(message));
    };
    if (code < 0) {
        return sql_error(sqlstate::invalid_parameter_value, "character number must be positive");
    }
    if (code == 0) return limit("null character not permitted");
    if (code > 0x10FFFF) {
        return limit("requested character too large for encoding: " + std::to_string(code));
    }
    if (code >= 0xD800 && code <= 0xDFFF) {
        return limit("requested character not valid for encoding: " + std::to_string(code));
    }
    std::string out;
    types::append_utf8(static_cast<char32_t>(code), out);
    return value(std::move(out));
}

result<value> repeat(const function_call& c) {
    const auto text = c.text(0);
    const auto times = static_cast<std::size_t>(std::max<std::int64_t>(c.integer(1), 0));
    if (!text.empty() && times > text_bytes_max / text.size()) return text_too_long();
    memory_budget::kept room;
    room.add(text.size() * times);
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += text;
    return value(std::move(out));
}

result<value> reverse(const function_call& c) {
    const auto text = c.text(0);
    std::string out;
    out.reserve(text.size());
    for (std::size_t end = text.size(); end > 0;) {
        std::size_t start = end - 1;
        while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0u) == 0x80u) --start;
        out += text.substr(start, end - start);
        end = start;
    }
    return value(std::move(out));
}

// Each character of `from` becomes the one at its place in `to`, or goes away.
result<value> translate(const function_call& c) {
    const auto text = c.text(0);
    const auto from = code_points(c.text(1)), to = code_points(c.text(2));
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto start = at;
        const auto found = std::find(from.begin(), from.end(), next_code_point(text, at));
        const auto place = static_cast<std::size_t>(found - from.begin());
        if (found == from.end()) {
            out += text.substr(start, at - start);
        } else if (place < to.size()) {
            types::append_utf8(to[place], out);
        }
    }
    return value(std::move(out));
}

result<value> starts_with(const function_call& c) {
    return bool_value(c.text(0).starts_with(c.text(1)));
}

}  // namespace

std::span<const scalar_function> text_functions() {
    static constexpr scalar_function functions[] = {
        strict<lower>("pg_lower", 1),
        strict<upper>("pg_upper", 1),
        strict<capitalise>("pg_initcap", 1),
        strict<length>("pg_length", 1),
        strict<octet_length>("pg_octet_length", 1),
        strict<ascii>("pg_ascii", 1),
        strict<chr>("pg_chr", 1),
        strict<repeat>("pg_repeat", 2),
        strict<reverse>("pg_reverse", 1),
        strict<translate>("pg_translate", 3),
        strict<starts_with>("pg_starts_with", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
