#include "storage/types/fixed_point.hpp"

#include <algorithm>

namespace historyd::types {

fixed_point fixed_point::for_decimals(int scale, int digits) {
    constexpr int guard_bits = 128;
    constexpr double bits_per_digit = 3.33;
    return {static_cast<int>((scale + std::max(digits, 0)) * bits_per_digit) + guard_bits};
}

numeric::integer fixed_point::from(const numeric& a) const {
    return (a.unscaled() << bits) / power_of_ten(a.scale());
}

numeric fixed_point::to_numeric(const integer& v, int scale) const {
    const integer shifted = boost::multiprecision::abs(v) * power_of_ten(scale);
    const integer rounded = (shifted + (integer(1) << (bits - 1))) >> bits;
    return {v.sign() < 0 ? integer(-rounded) : rounded, scale};
}

// 2 atanh(x) = 2 (x + x^3/3 + x^5/5 + ...). Requires: 0 <= x < 1, well below for speed.
numeric::integer fixed_point::twice_atanh(const integer& x) const {
    const integer square = multiply(x, x);
    integer power = x, sum = x;
    for (unsigned k = 3; !power.is_zero(); k += 2) {
        power = multiply(power, square);
        sum += power / k;
    }
    return sum * 2;
}

numeric::integer fixed_point::ln(integer v) const {
    // v = m * 2^shift with m in [1, 2), then roots until m is near 1 and the series is short.
    const int shift = static_cast<int>(boost::multiprecision::msb(v)) - bits;
    v = shift >= 0 ? integer(v >> shift) : integer(v << -shift);
    constexpr int roots = 8;
    for (int i = 0; i < roots; ++i) v = boost::multiprecision::sqrt(integer(v << bits));
    const integer x = divide(v - one(), v + one());
    return (twice_atanh(x) << roots) + ln2() * shift;
}

numeric::integer fixed_point::exp(const integer& v) const {
    // v = n ln 2 + r; e^r from its series at r / 2^halvings, squared back.
    integer quotient, r;
    boost::multiprecision::divide_qr(v, ln2(), quotient, r);
    const int n = static_cast<int>(quotient);
    constexpr int halvings = 8;
    r >>= halvings;
    integer term = one(), sum = one();
    for (unsigned k = 1; !term.is_zero(); ++k) {
        term = multiply(term, r) / k;
        sum += term;
    }
    for (int i = 0; i < halvings; ++i) sum = multiply(sum, sum);
    return n >= 0 ? integer(sum << n) : integer(sum >> -n);
}

}  // namespace historyd::types
