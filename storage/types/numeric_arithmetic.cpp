#include <algorithm>
#include <cstdint>

#include "storage/types/numeric.hpp"

namespace historyd::types {

namespace {

using kind = numeric_kind;
using integer = numeric::integer;

numeric not_a_number() { return numeric::special(kind::not_a_number); }
numeric infinity(int sign) {
    return numeric::special(sign > 0 ? kind::infinity : kind::minus_infinity);
}

sql_error division_by_zero() { return {sqlstate::division_by_zero, "division by zero"}; }

// Unscaled digits of `a` at a scale no smaller than its own.
integer at_scale(const numeric& a, int scale) {
    return scale == a.scale() ? a.unscaled() : a.unscaled() * power_of_ten(scale - a.scale());
}

// The leading base-10000 digit and its position, in which PostgreSQL counts when it chooses a
// quotient's scale.
struct leading_group {
    int weight = 0;
    int digit = 0;
};
leading_group leading(const numeric& a) {
    if (a.is_zero()) return {};
    const int digits = decimal_digits(a.unscaled());
    const int exponent = digits - 1 - a.scale();
    const int weight = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
    const int kept = exponent - weight * 4 + 1;  // decimal digits in the leading group
    const integer magnitude = boost::multiprecision::abs(a.unscaled());
    const integer digit = digits >= kept ? integer(magnitude / power_of_ten(digits - kept))
                                         : integer(magnitude * power_of_ten(kept - digits));
    return {weight, static_cast<int>(digit)};
}

int quotient_scale(const numeric& a, const numeric& b) {
    const leading_group x = leading(a), y = leading(b);
    int weight = x.weight - y.weight;
    if (x.digit <= y.digit) --weight;
    const int scale =
        std::max({numeric::significant_digits_min - weight * 4, a.scale(), b.scale(), 0});
    return std::min(scale, numeric::display_scale_max);
}

numeric::integer rounded_quotient(const integer& a, const integer& b) {
    integer quotient, remainder;
    boost::multiprecision::divide_qr(a, b, quotient, remainder);
    if (boost::multiprecision::abs(remainder) * 2 >= boost::multiprecision::abs(b)) {
        quotient += a.sign() * b.sign();
    }
    return quotient;
}

}  // namespace

int compare(const numeric& a, const numeric& b) {
    const auto rank = [](const numeric& n) {
        switch (n.kind()) {
            case kind::minus_infinity:
                return 0;
            case kind::finite:
                return 1;
            case kind::infinity:
                return 2;
            default:
                return 3;
        }
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
    if (!a.is_finite()) return 0;
    const int scale = std::max(a.scale(), b.scale());
    return at_scale(a, scale).compare(at_scale(b, scale));
}

result<numeric> add(const numeric& a, const numeric& b) {
    if (!a.is_finite() || !b.is_finite()) {
        if (a.is_nan() || b.is_nan()) return not_a_number();
        if (!a.is_finite() && !b.is_finite() && a.sign() != b.sign()) return not_a_number();
        return a.is_finite() ? b : a;
    }
    const int scale = std::max(a.scale(), b.scale());
    return checked({at_scale(a, scale) + at_scale(b, scale), scale});
}

result<numeric> subtract(const numeric& a, const numeric& b) { return add(a, negate(b)); }

result<numeric> multiply(const numeric& a, const numeric& b) {
    if (!a.is_finite() || !b.is_finite()) {
        const int sign = a.sign() * b.sign();  // zero for NaN and for infinity times zero
        return sign == 0 ? not_a_number() : infinity(sign);
    }
    return checked({a.unscaled() * b.unscaled(), a.scale() + b.scale()});
}

result<numeric> divide(const numeric& a, const numeric& b) {
    if (a.is_nan() || b.is_nan()) return not_a_number();
    if (!a.is_finite()) {
        if (!b.is_finite()) return not_a_number();
        if (b.is_zero()) return division_by_zero();
        return infinity(a.sign() * b.sign());
    }
    if (!b.is_finite()) return numeric(0);
    if (b.is_zero()) return division_by_zero();
    const int scale = quotient_scale(a, b);
    // (a / 10^sa) / (b / 10^sb) at `scale` digits: shift whichever side keeps everything whole.
    const int shift = scale + b.scale() - a.scale();
    const integer dividend =
        shift >= 0 ? integer(a.unscaled() * power_of_ten(shift)) : a.unscaled();
    const integer divisor =
        shift >= 0 ? b.unscaled() : integer(b.unscaled() * power_of_ten(-shift));
    return checked({rounded_quotient(dividend, divisor), scale});
}

result<numeric> modulo(const numeric& a, const numeric& b) {
    if (a.is_nan() || b.is_nan()) return not_a_number();
    if (!a.is_finite()) {
        if (b.is_zero()) return division_by_zero();
        return not_a_number();
    }
    if (!b.is_finite()) return a;
    if (b.is_zero()) return division_by_zero();
    const int scale = std::max(a.scale(), b.scale());
    return numeric(at_scale(a, scale) % at_scale(b, scale), scale);
}

result<numeric> div_trunc(const numeric& a, const numeric& b) {
    if (!a.is_finite() || !b.is_finite()) return divide(a, b);
    if (b.is_zero()) return division_by_zero();
    const int scale = std::max(a.scale(), b.scale());
    return checked({at_scale(a, scale) / at_scale(b, scale), 0});
}

numeric negate(const numeric& a) {
    if (a.is_finite()) return {-a.unscaled(), a.scale()};
    return a.is_nan() ? a : infinity(-a.sign());
}

numeric abs(const numeric& a) { return a.sign() < 0 ? negate(a) : a; }

numeric ceil(const numeric& a) {
    const numeric whole = trunc(a, 0);
    return compare(whole, a) < 0 ? numeric(whole.unscaled() + 1, 0) : whole;
}

numeric floor(const numeric& a) {
    const numeric whole = trunc(a, 0);
    return compare(whole, a) > 0 ? numeric(whole.unscaled() - 1, 0) : whole;
}

int min_scale(const numeric& a) {
    integer v = a.unscaled();
    int scale = a.scale();
    while (scale > 0 && (v.is_zero() || v % 10 == 0)) {
        v /= 10;
        --scale;
    }
    return scale;
}

numeric trim_scale(const numeric& a) { return a.is_finite() ? trunc(a, min_scale(a)) : a; }

result<numeric> gcd(const numeric& a, const numeric& b) {
    if (a.is_nan() || b.is_nan()) return not_a_number();
    if (!a.is_finite() || !b.is_finite()) return not_a_number();
    const int scale = std::max(a.scale(), b.scale());
    return numeric(boost::multiprecision::gcd(at_scale(a, scale), at_scale(b, scale)), scale);
}

result<numeric> lcm(const numeric& a, const numeric& b) {
    if (!a.is_finite() || !b.is_finite()) return not_a_number();
    const int scale = std::max(a.scale(), b.scale());
    return checked({boost::multiprecision::lcm(at_scale(a, scale), at_scale(b, scale)), scale});
}

result<numeric> factorial(std::int64_t n) {
    if (n < 0) {
        return sql_error(sqlstate::numeric_value_out_of_range,
                         "factorial of a negative number is undefined");
    }
    constexpr std::int64_t largest = 32'177;  // beyond, the result has too many digits
    if (n > largest) {
        return sql_error(sqlstate::numeric_value_out_of_range, "value overflows numeric format");
    }
    integer v = 1;
    for (std::int64_t i = 2; i <= n; ++i) v *= i;
    return checked({std::move(v), 0});
}

}  // namespace historyd::types
