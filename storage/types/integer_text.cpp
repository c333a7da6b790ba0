#include <charconv>
#include <limits>

#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::types {

namespace {

// Digits with an optional sign and blanks around, within [min, max]. Out of range is reported at
// the digit that makes it so, before anything wrong behind it.
result<std::int64_t> parse_integer(std::string_view text, std::int64_t min, std::int64_t max,
                                   std::string_view type_name) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end && is_blank(*at)) ++at;
    bool negative = false;
    if (at != end && (*at == '-' || *at == '+')) negative = *at++ == '-';
    if (at == end || !is_digit(*at)) return invalid_syntax(type_name, text);

    // Accumulated as a negative number: its range is one larger.
    std::int64_t v = 0;
    for (; at != end && is_digit(*at); ++at) {
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *at - '0', &v)) {
            return out_of_range_text(type_name, text);
        }
        if (v < min) return out_of_range_text(type_name, text);
    }
    while (at != end && is_blank(*at)) ++at;
    if (at != end) return invalid_syntax(type_name, text);
    if (!negative) {
        if (v < -max) return out_of_range_text(type_name, text);
        v = -v;
    }
    return v;
}

template <class T>
result<std::int64_t> parse_as(std::string_view text, std::string_view type_name) {
    return parse_integer(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                         type_name);
}

}  // namespace

result<std::int64_t> parse_int2(std::string_view text) {
    return parse_as<std::int16_t>(text, "smallint");
}
result<std::int64_t> parse_int4(std::string_view text) {
    return parse_as<std::int32_t>(text, "integer");
}
result<std::int64_t> parse_int8(std::string_view text) {
    return parse_as<std::int64_t>(text, "bigint");
}

result<std::int64_t> parse_oid(std::string_view text) {
    // Negative numbers down to an int4's least are taken as their unsigned twin.
    constexpr std::int64_t modulus = std::int64_t{1} << 32;
    auto v = parse_as<std::int64_t>(text, "oid");
    if (!v) return v;
    if (*v < std::numeric_limits<std::int32_t>::min() || *v >= modulus) {
        return out_of_range_text("oid", text);
    }
    return *v < 0 ? *v + modulus : *v;
}

void format_integer(std::int64_t v, std::string& out) {
    char buffer[20];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
    out.append(buffer, end);
}

}  // namespace historyd::types
