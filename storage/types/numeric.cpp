#include "storage/types/numeric.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "storage/types/numeric_text.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::types {

namespace {

sql_error out_of_range(std::string_view type_name) {
    return {sqlstate::numeric_value_out_of_range, std::string(type_name) + " out of range"};
}

// Requires: text is what canonical_numeric gives.
numeric from_canonical(std::string_view text) {
    if (text == "NaN") return numeric::special(numeric_kind::not_a_number);
    if (text == "Infinity") return numeric::special(numeric_kind::infinity);
    if (text == "-Infinity") return numeric::special(numeric_kind::minus_infinity);
    const auto point = text.find('.');
    const int scale =
        point == std::string_view::npos ? 0 : static_cast<int>(text.size() - point - 1);
    constexpr std::size_t short_length = 18;  // fits an int64 whatever the digits
    if (text.size() <= short_length) {
        std::int64_t v = 0;
        for (const char c : text) {
            if (c >= '0') v = v * 10 + (c - '0');
        }
        return {numeric::integer(text.front() == '-' ? -v : v), scale};
    }
    std::string digits;
    digits.reserve(text.size());
    for (const char c : text) {
        // A leading zero would make cpp_int read octal.
        if (c >= '0' && (c != '0' || !digits.empty())) digits += c;
    }
    numeric::integer v(digits.empty() ? "0" : digits);
    if (text.front() == '-') v = -v;
    return {std::move(v), scale};
}

numeric from_double_text(double v, int significant_digits) {
    if (std::isnan(v)) return numeric::special(numeric_kind::not_a_number);
    if (std::isinf(v)) {
        return numeric::special(v > 0 ? numeric_kind::infinity : numeric_kind::minus_infinity);
    }
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*g", significant_digits, v);
    return from_canonical(*canonical_numeric(buffer));
}

template <class T>
result<T> to_integer(const numeric& n, std::string_view type_name) {
    if (!n.is_finite()) {
        return sql_error(sqlstate::feature_not_supported, std::string("cannot convert ") +
                                                              (n.is_nan() ? "NaN" : "infinity") +
                                                              " to " + std::string(type_name));
    }
    const numeric rounded = round(n, 0);
    if (rounded.unscaled() < std::numeric_limits<T>::min() ||
        rounded.unscaled() > std::numeric_limits<T>::max()) {
        return out_of_range(type_name);
    }
    return static_cast<T>(rounded.unscaled());
}

// v / 10^digits, half away from zero. Requires: digits > 0.
numeric::integer rounded_shift(const numeric::integer& v, int digits) {
    numeric::integer quotient, remainder;
    const numeric::integer unit = power_of_ten(digits);
    boost::multiprecision::divide_qr(v, unit, quotient, remainder);
    if (boost::multiprecision::abs(remainder) * 2 >= unit) quotient += v.sign();
    return quotient;
}

}  // namespace

numeric numeric::special(numeric_kind k) {
    numeric n;
    n.kind_ = k;
    return n;
}

result<numeric> numeric::parse(std::string_view text) {
    auto canonical = canonical_numeric(text);
    if (!canonical) return canonical.error();
    return from_canonical(*canonical);
}

std::optional<numeric> numeric::from_storage(std::string_view text) {
    auto n = parse(text);
    if (!n) return std::nullopt;
    return std::move(*n);
}

numeric numeric::from_float8(double v) {
    return from_double_text(v, std::numeric_limits<double>::digits10);
}
numeric numeric::from_float4(float v) {
    return from_double_text(static_cast<double>(v), std::numeric_limits<float>::digits10);
}

std::string numeric::to_string() const {
    std::string out;
    append_to(out);
    return out;
}

void numeric::append_to(std::string& out) const {
    switch (kind_) {
        case numeric_kind::not_a_number:
            out += "NaN";
            return;
        case numeric_kind::infinity:
            out += "Infinity";
            return;
        case numeric_kind::minus_infinity:
            out += "-Infinity";
            return;
        case numeric_kind::finite:
            break;
    }
    std::string digits = integer(boost::multiprecision::abs(unscaled_)).str();
    if (unscaled_.sign() < 0) out += '-';
    if (scale_ == 0) {
        out += digits;
        return;
    }
    const auto scale = static_cast<std::size_t>(scale_);
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    out.append(digits, 0, digits.size() - scale);
    out += '.';
    out.append(digits, digits.size() - scale);
}

int numeric::sign() const {
    switch (kind_) {
        case numeric_kind::infinity:
            return 1;
        case numeric_kind::minus_infinity:
            return -1;
        case numeric_kind::not_a_number:
            return 0;
        default:
            return unscaled_.sign();
    }
}

result<std::int64_t> numeric::to_int8() const { return to_integer<std::int64_t>(*this, "bigint"); }
result<std::int32_t> numeric::to_int4() const { return to_integer<std::int32_t>(*this, "integer"); }
result<std::int16_t> numeric::to_int2() const {
    return to_integer<std::int16_t>(*this, "smallint");
}
result<double> numeric::to_float8() const { return parse_float8(to_string()); }
result<float> numeric::to_float4() const { return parse_float4(to_string()); }

numeric::integer power_of_ten(int n) {
    return boost::multiprecision::pow(numeric::integer(10), static_cast<unsigned>(n));
}

int decimal_digits(const numeric::integer& v) {
    const numeric::integer magnitude = boost::multiprecision::abs(v);
    if (magnitude < 10) return 1;
    // From the bits, then corrected by at most one.
    const auto bits = static_cast<double>(boost::multiprecision::msb(magnitude));
    const int estimate = static_cast<int>(bits * 0.30102999566398119521);
    return magnitude >= power_of_ten(estimate + 1) ? estimate + 2
           : magnitude >= power_of_ten(estimate)   ? estimate + 1
                                                   : estimate;
}

result<numeric> checked(numeric v) {
    if (!v.is_finite()) return v;
    if (v.scale() > numeric::scale_max) v = round(v, numeric::scale_max);
    // Bits first: counting decimal digits is only needed near the limit.
    constexpr unsigned safe_bits = 400'000;
    const auto& unscaled = v.unscaled();
    if (!unscaled.is_zero() &&
        boost::multiprecision::msb(boost::multiprecision::abs(unscaled)) > safe_bits &&
        decimal_digits(unscaled) - v.scale() > numeric::integer_digits_max) {
        return sql_error(sqlstate::numeric_value_out_of_range, "value overflows numeric format");
    }
    return v;
}

result<numeric> apply_numeric_typmod(numeric v, std::int32_t typmod) {
    if (typmod < 4 || v.is_nan()) return v;
    const int precision = ((typmod - 4) >> 16) & 0xFFFF;
    const int scale = (((typmod - 4) & 0x7FF) ^ 1024) - 1024;
    const auto overflow = [&](std::string detail) {
        return sql_error(sqlstate::numeric_value_out_of_range, "numeric field overflow")
            .with_detail("A field with precision " + std::to_string(precision) + ", scale " +
                         std::to_string(scale) + std::move(detail));
    };
    if (!v.is_finite()) return overflow(" cannot hold an infinite value.");
    v = round(v, scale);
    const int whole_digits_max = precision - scale;
    // |v| < 10^(precision - scale); the scale of v may exceed what a negative scale keeps.
    const int digits = decimal_digits(v.unscaled()) - v.scale();
    if (!v.is_zero() && digits > whole_digits_max) {
        const std::string limit =
            whole_digits_max == 0 ? "1" : "10^" + std::to_string(whole_digits_max);
        return overflow(" must round to an absolute value less than " + limit + ".");
    }
    return v;
}

numeric round(const numeric& a, int digits) {
    if (!a.is_finite()) return a;
    digits = std::clamp(digits, -numeric::integer_digits_max, numeric::scale_max);
    const int scale = std::max(digits, 0);
    if (digits >= a.scale()) return {a.unscaled() * power_of_ten(digits - a.scale()), scale};
    // Everything goes: also guards the shift below against huge arguments.
    if (a.scale() - digits > decimal_digits(a.unscaled())) return {numeric::integer(0), scale};
    numeric::integer v = rounded_shift(a.unscaled(), a.scale() - digits);
    if (digits < 0) v *= power_of_ten(-digits);
    return {std::move(v), scale};
}

numeric trunc(const numeric& a, int digits) {
    if (!a.is_finite()) return a;
    digits = std::clamp(digits, -numeric::integer_digits_max, numeric::scale_max);
    const int scale = std::max(digits, 0);
    if (digits >= a.scale()) return {a.unscaled() * power_of_ten(digits - a.scale()), scale};
    if (a.scale() - digits > decimal_digits(a.unscaled())) return {numeric::integer(0), scale};
    numeric::integer v = a.unscaled() / power_of_ten(a.scale() - digits);
    if (digits < 0) v *= power_of_ten(-digits);
    return {std::move(v), scale};
}

}  // namespace historyd::types
