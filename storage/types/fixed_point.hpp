#pragma once

#include "storage/types/numeric.hpp"

namespace historyd::types {

// A real number as an integer of `bits` fractional bits: logarithms and exponentials are computed
// in this form, with enough bits more than the result has that its last digit comes out rounded
// right.
struct fixed_point {
    using integer = numeric::integer;

    // Bits for `scale` decimals of a number that has up to `digits` digits before the point.
    static fixed_point for_decimals(int scale, int digits);

    int bits;

    integer one() const { return integer(1) << bits; }
    integer multiply(const integer& a, const integer& b) const { return (a * b) >> bits; }
    integer divide(const integer& a, const integer& b) const { return (a << bits) / b; }
    integer from(const numeric& a) const;
    numeric to_numeric(const integer& v, int scale) const;

    // Requires: v > 0.
    integer ln(integer v) const;
    integer exp(const integer& v) const;

private:
    integer twice_atanh(const integer& x) const;
    integer ln2() const { return twice_atanh(one() / 3); }
};

}  // namespace historyd::types
