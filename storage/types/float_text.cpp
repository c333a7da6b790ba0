#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
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
    const bool starts_well = !s.empty() && (hex_digit(s.front()) >= 0 || s.front() == '.') &&
                             (format == std::chars_format::hex || !is_alpha(s.front()));
    if (!starts_well) return invalid_syntax(type_name<T>, text);
    T v = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v, format);
    if (error == std::errc::invalid_argument || end != s.data() + s.size()) {
        return invalid_syntax(type_name<T>, text);
    }
    if (error == std::errc::result_out_of_range) {
        return sql_error(
            sqlstate::numeric_value_out_of_range,
            "\"" + std::string(whole) + "\" is out of range for type " + std::string(type_name<T>));
    }
    return with_sign(v);
}

// Whether digits * 10^exponent lies exactly halfway between `v` and a neighbour. Such a text reads
// back as `v` when its mantissa is even, but PostgreSQL does not take it for a text of `v`.
// Requires: v is finite and not zero; digits < 10^17.
template <class T>
bool is_halfway(std::uint64_t digits, int exponent, T v) {
    __extension__ typedef unsigned __int128 wide;
    constexpr int powers_of_five_max = 27;  // beyond, no midpoint has so few digits
    if (exponent > powers_of_five_max || exponent < -powers_of_five_max) return false;
    int binary_exponent = 0;
    const T fraction = std::frexp(std::fabs(v), &binary_exponent);
    constexpr int precision = std::numeric_limits<T>::digits;
    const auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, precision));
    binary_exponent -= precision;
    wide power = 1;
    for (int i = 0; i < std::abs(exponent); ++i) power *= 5;
    // digits * 5^e * 2^e = midpoint * 2^binary: compare what is left without the factors of two.
    const auto equal = [&](std::uint64_t midpoint, int midpoint_exponent) {
        wide left = digits, right = midpoint;
        if (exponent >= 0) {
            left *= power;
        } else {
            right *= power;
        }
        int left_twos = exponent, right_twos = midpoint_exponent;
        for (; (left & 1) == 0; left >>= 1) ++left_twos;
        for (; (right & 1) == 0; right >>= 1) ++right_twos;
        return left == right && left_twos == right_twos;
    };
    // Below a power of two the neighbour is half as far.
    const bool is_power_of_two = mantissa == std::uint64_t{1} << (precision - 1);
    return equal(mantissa * 2 + 1, binary_exponent - 1) ||
           (is_power_of_two ? equal(mantissa * 4 - 1, binary_exponent - 2)
                            : equal(mantissa * 2 - 1, binary_exponent - 1));
}

// "d.ddde+XX" taken apart.
struct scientific_text {
    char digits[32];
    std::size_t count = 0;
    int exponent = 0;  // of the first digit

    explicit scientific_text(std::string_view s) {
        const auto e = s.find('e');
        const auto* exponent_text = s.data() + e + (s[e + 1] == '+' ? 2 : 1);
        std::from_chars(exponent_text, s.data() + s.size(), exponent);
        for (const char c : s.substr(0, e)) {
            if (c != '.') digits[count++] = c;
        }
    }
    std::uint64_t number() const {
        std::uint64_t v = 0;
        std::from_chars(digits, digits + count, v);
        return v;
    }
};

// The shortest digits that read back as `v`. Requires: v is finite and not negative.
template <class T>
std::string_view shortest_scientific(T v, char (&buffer)[64]) {
    char* const end = buffer + sizeof buffer;
    char* last = std::to_chars(buffer, end, v, std::chars_format::scientific).ptr;
    const auto text = [&] {
        return std::string_view(buffer, static_cast<std::size_t>(last - buffer));
    };
    if (v == 0) return text();
    const scientific_text shortest(text());
    const int last_exponent = shortest.exponent - static_cast<int>(shortest.count) + 1;
    if (!is_halfway(shortest.number(), last_exponent, v)) return text();
    for (int digits = static_cast<int>(shortest.count);
         digits <= std::numeric_limits<T>::max_digits10; ++digits) {
        last = std::to_chars(buffer, end, v, std::chars_format::scientific, digits - 1).ptr;
        const scientific_text longer(text());
        T again = 0;
        std::from_chars(buffer, last, again);
        if (again == v && !is_halfway(longer.number(), longer.exponent - digits + 1, v)) break;
    }
    return text();
}

// The shortest digits, laid out as PostgreSQL does: plain while the decimal exponent is in
// [-4, plain_digits), scientific with at least two exponent digits beyond.
template <class T>
void format_shortest(T v, int plain_digits, std::string& out) {
    if (std::signbit(v)) out += '-';
    char buffer[64];
    const auto text = shortest_scientific(std::fabs(v), buffer);
    const scientific_text s(text);
    if (s.exponent < -4 || s.exponent >= plain_digits) {
        out += text;
        return;
    }
    if (s.exponent < 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-s.exponent - 1), '0');
        out.append(s.digits, s.count);
        return;
    }
    const auto whole = static_cast<std::size_t>(s.exponent) + 1;
    if (s.count <= whole) {
        out.append(s.digits, s.count);
        out.append(whole - s.count, '0');
        return;
    }
    out.append(s.digits, whole);
    out += '.';
    out.append(s.digits + whole, s.count - whole);
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
