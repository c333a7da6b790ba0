#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::types {

namespace {

template <class T>
constexpr std::string_view type_name = "double precision";
template <>
constexpr std::string_view type_name<float> = "real";

template <class T>
T special_value(std::string_view unsigned_text, bool& found) {
    found = true;
    if (equals_ignoring_case(unsigned_text, "nan")) return std::numeric_limits<T>::quiet_NaN();
    if (equals_ignoring_case(unsigned_text, "infinity") ||
        equals_ignoring_case(unsigned_text, "inf")) {
        return std::numeric_limits<T>::infinity();
    }
    found = false;
    return 0;
}

template <class T>
result<T> parse_float(std::string_view text) {
    std::string_view s = trim_blanks(text);
    const std::string_view whole = s;
    bool negative = false;
    if (!s.empty() && (s.front() == '-' || s.front() == '+')) {
        negative = s.front() == '-';
        s.remove_prefix(1);
    }
    const auto with_sign = [negative](T v) { return negative ? -v : v; };

    bool found = false;
    if (const T v = special_value<T>(s, found); found) return with_sign(v);

    auto format = std::chars_format::general;
    if (s.size() > 2 && s[0] == '0' && to_lower(s[1]) == 'x') {
        format = std::chars_format::hex;
        s.remove_prefix(2);
    }
    // from_chars would take a second sign, "inf" and "nan(...)" here.
    const bool starts_well =
        !s.empty() && (hex_digit(s.front()) >= 0 || s.front() == '.') &&
        (format == std::chars_format::hex || !is_alpha(s.front()));
    if (!starts_well) return invalid_syntax(type_name<T>, text);
    T v = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v, format);
    if (error == std::errc::invalid_argument || end != s.data() + s.size()) {
        return invalid_syntax(type_name<T>, text);
    }
    if (error == std::errc::result_out_of_range) {
        return sql_error(sqlstate::numeric_value_out_of_range,
                         "\"" + std::string(whole) + "\" is out of range for type " +
                             std::string(type_name<T>));
    }
    return with_sign(v);
}

// The shortest digits, laid out as PostgreSQL does: plain while the decimal exponent is in
// [-4, plain_digits), scientific with at least two exponent digits beyond.
template <class T>
void format_shortest(T v, int plain_digits, std::string& out) {
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific);
    std::string_view s(buffer, static_cast<std::size_t>(end.ptr - buffer));
    if (s.front() == '-') {
        out += '-';
        s.remove_prefix(1);
    }
    const auto e = s.find('e');
    int exponent = 0;
    const auto* exponent_text = s.data() + e + (s[e + 1] == '+' ? 2 : 1);
    std::from_chars(exponent_text, s.data() + s.size(), exponent);
    if (exponent < -4 || exponent >= plain_digits) {
        out += s;
        return;
    }
    char digits[32];
    std::size_t count = 0;
    for (const char c : s.substr(0, e)) {
        if (c != '.') digits[count++] = c;
    }
    if (exponent < 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-exponent - 1), '0');
        out.append(digits, count);
        return;
    }
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (count <= whole) {
        out.append(digits, count);
        out.append(whole - count, '0');
        return;
    }
    out.append(digits, whole);
    out += '.';
    out.append(digits + whole, count - whole);
}

template <class T>
void format_float(T v, int extra_float_digits, std::string& out) {
    constexpr bool is_float4 = std::is_same_v<T, float>;
    if (std::isnan(v)) {
        out += "NaN";
    } else if (std::isinf(v)) {
        out += v < 0 ? "-Infinity" : "Infinity";
    } else if (extra_float_digits > 0) {
        format_shortest(v, is_float4 ? 6 : 15, out);
    } else {
        const int digits = std::max(1, std::numeric_limits<T>::digits10 + extra_float_digits);
        char buffer[64];
        const int n = std::snprintf(buffer, sizeof buffer, "%.*g", digits, static_cast<double>(v));
        out.append(buffer, static_cast<std::size_t>(n));
    }
}

}  // namespace

result<double> parse_float8(std::string_view text) { return parse_float<double>(text); }
result<float> parse_float4(std::string_view text) { return parse_float<float>(text); }

void format_float8(double v, int extra_float_digits, std::string& out) {
    format_float(v, extra_float_digits, out);
}
void format_float4(float v, int extra_float_digits, std::string& out) {
    format_float(v, extra_float_digits, out);
}

}  // namespace historyd::types
