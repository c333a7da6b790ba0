#include <algorithm>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/text_limit.hpp"
#include "storage/types/utf8.hpp"

// Parts of texts and of byte strings: substr, left, right, overlay, padding, split_part.

namespace historyd::sqlite {
namespace {

// A text counted in characters, or bytes counted in bytes.
class sequence_view {
public:
    sequence_view(std::string_view bytes, bool is_text) : bytes_(bytes), is_text_(is_text) {}

    std::size_t length() const {
        return is_text_ ? types::count_characters(bytes_) : bytes_.size();
    }
    // From element `start` (0-based), at most `count` of them.
    std::string_view part(std::size_t start, std::size_t count) const {
        if (!is_text_) return start >= bytes_.size() ? "" : bytes_.substr(start, count);
        const auto rest = bytes_.substr(types::prefix_bytes(bytes_, start));
        return rest.substr(0, types::prefix_bytes(rest, count));
    }

private:
    std::string_view bytes_;
    bool is_text_;
};

value same_kind(const function_call& c, std::string bytes) {
    if (c.is_blob(0)) return blob{std::move(bytes)};
    return bytes;
}

sql_error negative_length() {
    return {sqlstate::substring_error, "negative substring length not allowed"};
}

// SQL's SUBSTRING: elements start .. start + length - 1, counted from 1; those before 1 are counted
// but do not exist.
result<std::string_view> substring(const sequence_view& s, std::int64_t start,
                                   std::int64_t length) {
    if (length < 0) return negative_length();
    const auto end = start + length;
    const auto first = std::max<std::int64_t>(start, 1);
    if (end <= first) return std::string_view();
    return s.part(static_cast<std::size_t>(first - 1), static_cast<std::size_t>(end - first));
}

result<value> substr(const function_call& c) {
    const sequence_view s(c.text(0), !c.is_blob(0));
    const auto length = c.count() > 2 ? c.integer(2) : std::int64_t{INT32_MAX} * 4;
    const auto part = substring(s, c.integer(1), length);
    if (!part) return part.error();
    return same_kind(c, std::string(*part));
}

result<value> overlay(const function_call& c) {
    const sequence_view s(c.text(0), !c.is_blob(0));
    const auto start = c.integer(2);
    const auto length =
        c.count() > 3 ? c.integer(3)
                      : static_cast<std::int64_t>(sequence_view(c.text(1), !c.is_blob(1)).length());
    if (start <= 0) return negative_length();
    if (start + length > INT32_MAX) {
        return sql_error(sqlstate::numeric_value_out_of_range, "integer out of range");
    }
    std::string out(s.part(0, static_cast<std::size_t>(start - 1)));
    out += c.text(1);
    const auto after = std::max<std::int64_t>(start + length, 1);
    out += s.part(static_cast<std::size_t>(after - 1), SIZE_MAX / 2);
    return same_kind(c, std::move(out));
}

result<value> left(const function_call& c) {
    const auto text = c.text(0);
    auto count = c.integer(1);
    if (count < 0) {
        count += static_cast<std::int64_t>(types::count_characters(text));
        count = std::max<std::int64_t>(count, 0);
    }
    const auto bytes = types::prefix_bytes(text, static_cast<std::size_t>(count));
    return value(std::string(text.substr(0, bytes)));
}

result<value> right(const function_call& c) {
    const auto text = c.text(0);
    const auto length = static_cast<std::int64_t>(types::count_characters(text));
    const auto count = c.integer(1);
    const auto skipped = std::clamp<std::int64_t>(count < 0 ? -count : length - count, 0, length);
    return value(
        std::string(text.substr(types::prefix_bytes(text, static_cast<std::size_t>(skipped)))));
}

// What fills `missing` characters by repeating `fill`.
std::string padding(std::string_view fill, std::size_t missing) {
    const auto fill_length = types::count_characters(fill);
    std::string out;
    for (; missing >= fill_length; missing -= fill_length) out += fill;
    out += fill.substr(0, types::prefix_bytes(fill, missing));
    return out;
}

template <bool Left>
result<value> pad(const function_call& c) {
    const auto text = c.text(0), fill = c.text(2);
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(c.integer(1), 0));
    const auto length = types::count_characters(text);
    if (wanted <= length)
        return value(std::string(text.substr(0, types::prefix_bytes(text, wanted))));
    if (wanted > text_bytes_max / 4) return text_too_long();
    if (fill.empty()) return value(std::string(text));
    auto pads = padding(fill, wanted - length);
    return value(Left ? pads + std::string(text) : std::string(text) + pads);
}

std::size_t count_occurrences(std::string_view text, std::string_view delimiter) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(delimiter, at)) != std::string_view::npos;
         at += delimiter.size()) {
        ++n;
    }
    return n;
}

result<value> split_part(const function_call& c) {
    auto text = c.text(0);
    const auto delimiter = c.text(1);
    auto field = c.integer(2);
    if (field == 0) {
        return sql_error(sqlstate::invalid_parameter_value, "field position must not be zero");
    }
    if (delimiter.empty()) {
        return value(field == 1 || field == -1 ? std::string(text) : std::string());
    }
    if (field < 0) {
        field += static_cast<std::int64_t>(count_occurrences(text, delimiter)) + 2;
        if (field < 1) return value(std::string());
    }
    for (; field > 1; --field) {
        const auto at = text.find(delimiter);
        if (at == std::string_view::npos) return value(std::string());
        text.remove_prefix(at + delimiter.size());
    }
    return value(std::string(text.substr(0, text.find(delimiter))));
}

// trim() of bytea. The last argument: 1 from the start, 2 from the end, 3 from both.
result<value> trim_bytes(const function_call& c) {
    auto bytes = c.text(0);
    const auto set = c.text(1);
    const auto sides = c.integer(2);
    const auto is_trimmed = [&](char b) { return set.find(b) != std::string_view::npos; };
    if ((sides & 1) != 0) {
        while (!bytes.empty() && is_trimmed(bytes.front())) bytes.remove_prefix(1);
    }
    if ((sides & 2) != 0) {
        while (!bytes.empty() && is_trimmed(bytes.back())) bytes.remove_suffix(1);
    }
    return value(blob{std::string(bytes)});
}

}  // namespace

std::span<const scalar_function> text_part_functions() {
    static constexpr scalar_function functions[] = {
        strict<substr>("pg_substr", 2),
        strict<substr>("pg_substr", 3),
        strict<overlay>("pg_overlay", 3),
        strict<overlay>("pg_overlay", 4),
        strict<left>("pg_left", 2),
        strict<right>("pg_right", 2),
        strict<pad<true>>("pg_lpad", 3),
        strict<pad<false>>("pg_rpad", 3),
        strict<split_part>("pg_split_part", 3),
        strict<trim_bytes>("pg_trim_bytes", 3),
    };
    return functions;
}

}  // namespace historyd::sqlite
