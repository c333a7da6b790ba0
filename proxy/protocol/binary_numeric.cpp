#include "proxy/protocol/binary_numeric.hpp"

#include <algorithm>
#include <charconv>

#include "proxy/protocol/byte_order.hpp"
#include "proxy/protocol/wire_reader.hpp"
#include "storage/types/numeric_text.hpp"

namespace historyd::protocol {

namespace {

constexpr std::uint16_t sign_positive = 0x0000, sign_negative = 0x4000, sign_nan = 0xC000,
                        sign_infinity = 0xD000, sign_minus_infinity = 0xF000;
constexpr int base = 10'000;
constexpr std::size_t group_digits = 4;
constexpr std::uint16_t scale_max = 0x3FFF;

sql_error invalid_numeric(std::string_view what) {
    return {sqlstate::invalid_binary_representation,
            "invalid " + std::string(what) + " in external \"numeric\" value"};
}

struct header {
    std::int16_t groups = 0, weight = 0;
    std::uint16_t sign = 0, scale = 0;
};

void put_group(int v, std::string& out) {
    const char digits[] = {static_cast<char>('0' + v / 1000), static_cast<char>('0' + v / 100 % 10),
                           static_cast<char>('0' + v / 10 % 10), static_cast<char>('0' + v % 10)};
    out.append(digits, group_digits);
}

void put_header(const header& h, std::string& out) {
    put_int16(h.groups, out);
    put_int16(h.weight, out);
    put_int16(static_cast<std::int16_t>(h.sign), out);
    put_int16(static_cast<std::int16_t>(h.scale), out);
}

// The four digits that start at `at`, places outside the text counting as zero.
int group_at(std::string_view digits, std::int64_t at) {
    int v = 0;
    for (std::int64_t i = at; i < at + static_cast<std::int64_t>(group_digits); ++i) {
        const bool inside = i >= 0 && i < static_cast<std::int64_t>(digits.size());
        v = v * 10 + (inside ? digits[static_cast<std::size_t>(i)] - '0' : 0);
    }
    return v;
}

}  // namespace

result<std::string> decode_numeric(std::string_view bytes) {
    wire_reader r(bytes);
    header h;
    h.groups = r.i16();
    h.weight = r.i16();
    h.sign = r.u16();
    h.scale = r.u16();
    if (!r.ok() || h.groups < 0) {
        return sql_error(sqlstate::invalid_binary_representation,
                         "invalid length in external \"numeric\" value");
    }
    switch (h.sign) {
        case sign_nan:
            return std::string("NaN");
        case sign_infinity:
            return std::string("Infinity");
        case sign_minus_infinity:
            return std::string("-Infinity");
        case sign_positive:
        case sign_negative:
            break;
        default:
            return invalid_numeric("sign");
    }
    if (h.scale > scale_max) return invalid_numeric("scale");

    std::string digits;
    digits.reserve(static_cast<std::size_t>(h.groups) * group_digits);
    for (std::int16_t i = 0; i < h.groups; ++i) {
        const std::int16_t group = r.i16();
        if (group < 0 || group >= base) return invalid_numeric("digit");
        put_group(group, digits);
    }
    if (!r.done()) {
        return sql_error(sqlstate::invalid_binary_representation, "incorrect binary data format");
    }

    // Decimal places before the point; digits beyond the display scale are cut off.
    const std::int64_t whole =
        (std::int64_t{h.weight} + 1) * static_cast<std::int64_t>(group_digits);
    std::string text = h.sign == sign_negative ? "-" : "";
    if (whole <= 0) {
        text += '0';
    } else {
        const auto present =
            std::min<std::int64_t>(whole, static_cast<std::int64_t>(digits.size()));
        text.append(digits, 0, static_cast<std::size_t>(present));
        text.append(static_cast<std::size_t>(whole - present), '0');
    }
    if (h.scale > 0) {
        text += '.';
        for (std::int64_t i = whole; i < whole + h.scale; ++i) {
            const bool inside = i >= 0 && i < static_cast<std::int64_t>(digits.size());
            text += inside ? digits[static_cast<std::size_t>(i)] : '0';
        }
    }
    return types::canonical_numeric(text);
}

void encode_numeric(std::string_view text, std::string& out) {
    if (text == "NaN") return put_header({0, 0, sign_nan, 0}, out);
    if (text == "Infinity") return put_header({0, 0, sign_infinity, 0x20}, out);
    if (text == "-Infinity") return put_header({0, 0, sign_minus_infinity, 0x20}, out);
    header h;
    if (text.starts_with('-')) {
        h.sign = sign_negative;
        text.remove_prefix(1);
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string digits(text.substr(0, point));
    if (point < text.size()) {
        h.scale = static_cast<std::uint16_t>(text.size() - point - 1);
        digits.append(text.substr(point + 1));
    }
    // Groups are aligned to the point: the first may begin before the digits do.
    const auto whole = static_cast<std::int64_t>(point),
               size = static_cast<std::int64_t>(digits.size());
    constexpr auto width = static_cast<std::int64_t>(group_digits);
    const std::int64_t first = -((width - whole % width) % width);
    std::int64_t begin = first, end = first + (size - first + width - 1) / width * width;
    while (begin < end && group_at(digits, begin) == 0) begin += width;
    while (end > begin && group_at(digits, end - width) == 0) end -= width;
    h.groups = static_cast<std::int16_t>((end - begin) / width);
    if (h.groups == 0) {
        h.sign = sign_positive;
    } else {
        h.weight = static_cast<std::int16_t>((whole - begin) / width - 1);
    }
    put_header(h, out);
    for (std::int64_t at = begin; at < end; at += width) {
        put_int16(static_cast<std::int16_t>(group_at(digits, at)), out);
    }
}

}  // namespace historyd::protocol
