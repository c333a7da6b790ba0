#include "storage/types/numeric_math.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "storage/types/fixed_point.hpp"

namespace historyd::types {

namespace {

using integer = numeric::integer;

constexpr int result_scale_max = 2000;  // NUMERIC_MAX_RESULT_SCALE
constexpr double log10_of_e = 0.434294481903252;

sql_error overflow() {
    return {sqlstate::numeric_value_out_of_range, "value overflows numeric format"};
}
sql_error bad_power(std::string_view text) {
    return {sqlstate::invalid_argument_for_power_function, std::string(text)};
}

int bounded_scale(int scale, int at_least) {
    return std::min(std::max({scale, at_least, 0}), numeric::display_scale_max);
}

// Leading base-10000 digits as PostgreSQL estimates with them: value = digits * 10^exponent.
struct estimate {
    double digits = 0;
    int exponent = 0;
};
estimate leading_digits(const numeric& a) {
    const integer magnitude = boost::multiprecision::abs(a.unscaled());
    const int count = decimal_digits(magnitude);
    constexpr int kept = 15;
    const int dropped = std::max(0, count - kept);
    return {static_cast<double>(integer(magnitude / power_of_ten(dropped))), dropped - a.scale()};
}

// log10 of |ln a|, rounded towards zero: where the first digit of the logarithm stands.
int logarithm_weight(const numeric& a) {
    const numeric distance = *subtract(a, 1);
    if (distance.is_zero()) return 0;
    const numeric tenth(integer(1), 1);
    if (compare(abs(distance), tenth) <= 0) {
        // Near 1 the logarithm is about the distance. Counted in groups of four digits.
        const int exponent = decimal_digits(distance.unscaled()) - 1 - distance.scale();
        const int group = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
        return group * 4 + (exponent - group * 4);
    }
    const estimate e = leading_digits(a);
    const double ln = std::log(e.digits) + e.exponent * 2.302585092994046;
    return static_cast<int>(std::log10(std::fabs(ln)));
}

int whole_digits(const numeric& a) { return decimal_digits(a.unscaled()) - a.scale(); }

// ln(a) to `scale` digits. Requires: a > 0, finite.
numeric ln_to_scale(const numeric& a, int scale) {
    // A small a loses bits to its leading zeros: give it as many more.
    const int digits = std::abs(whole_digits(a));
    const fixed_point f = fixed_point::for_decimals(scale + a.scale(), digits);
    return f.to_numeric(f.ln(f.from(a)), scale);
}

numeric exp_to_scale(const numeric& a, int scale, double estimated) {
    const int digits = static_cast<int>(std::max(0.0, estimated * log10_of_e)) + 1;
    const fixed_point f = fixed_point::for_decimals(scale + a.scale(), digits + whole_digits(a));
    return f.to_numeric(f.exp(f.from(a)), scale);
}

double to_double(const numeric& a) {
    const estimate e = leading_digits(a);
    return (a.sign() < 0 ? -1 : 1) * e.digits * std::pow(10.0, e.exponent);
}

// base^exponent by squaring, keeping only as many significant digits as the result shows.
class decimal_power {
public:
    decimal_power(const numeric& base, int significant_digits)
        : digits_(significant_digits), base_{base.unscaled(), -base.scale()} {}

    // The value as mantissa * 10^exponent.
    struct scientific {
        integer mantissa;
        int exponent;
    };
    scientific raise(std::uint64_t n) {
        scientific r{1, 0};
        for (; n != 0; n >>= 1) {
            if ((n & 1) != 0)
                r = shortened({r.mantissa * base_.mantissa, r.exponent + base_.exponent});
            if (n > 1) {
                base_ = shortened({base_.mantissa * base_.mantissa, base_.exponent * 2});
            }
        }
        return r;
    }
    static numeric to_numeric(const scientific& v, int scale) {
        if (v.exponent >= 0) return round({v.mantissa * power_of_ten(v.exponent), 0}, scale);
        return round({v.mantissa, -v.exponent}, scale);
    }
    scientific inverse(const scientific& v) const {
        const int shift = digits_ + decimal_digits(v.mantissa);
        return {power_of_ten(shift) / v.mantissa, -shift - v.exponent};
    }

private:
    scientific shortened(scientific v) const {
        const int extra = decimal_digits(v.mantissa) - digits_;
        if (extra > 0) {
            v.mantissa /= power_of_ten(extra);
            v.exponent += extra;
        }
        return v;
    }
    const int digits_;
    scientific base_;
};

result<numeric> integer_power(const numeric& base, std::int64_t n) {
    const int scale = bounded_scale(numeric::significant_digits_min, base.scale());
    if (n == 0) return round(1, scale);
    if (base.is_zero()) {
        if (n < 0) {
            return bad_power("zero raised to a negative power is undefined");
        }
        return round(0, scale);
    }
    const estimate e = leading_digits(base);
    const double weight = (std::log10(e.digits) + e.exponent) * static_cast<double>(n);
    if (weight > numeric::integer_digits_max) return overflow();
    if (weight + 1 < -scale || weight + 1 < -numeric::display_scale_max) return round(0, scale);
    constexpr int guard_digits = 16;
    const int significant = scale + std::max(0, static_cast<int>(weight)) +
                            static_cast<int>(std::log10(std::fabs(static_cast<double>(n)))) +
                            guard_digits;
    decimal_power power(base, significant);
    auto v = power.raise(n < 0 ? -static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n));
    if (n < 0) v = power.inverse(v);
    return checked(decimal_power::to_numeric(v, scale));
}

bool is_whole(const numeric& a) { return min_scale(a) == 0; }

// base^exponent where either is infinite. Requires: neither is NaN.
result<numeric> infinite_power(const numeric& base, const numeric& exponent) {
    const auto infinity = [](int sign) {
        return numeric::special(sign > 0 ? numeric_kind::infinity : numeric_kind::minus_infinity);
    };
    if (!exponent.is_finite()) {
        const numeric magnitude = base.is_finite() ? abs(base) : infinity(1);
        const int against_one = compare(magnitude, 1);
        if (against_one == 0) return numeric(1);
        const bool grows = (against_one > 0) == (exponent.sign() > 0);
        if (base.is_zero() && exponent.sign() < 0) {
            return bad_power("zero raised to a negative power is undefined");
        }
        return grows ? infinity(1) : numeric(0);
    }
    if (exponent.is_zero()) return numeric(1);
    if (base.sign() < 0 && !is_whole(exponent)) {
        return bad_power("a negative number raised to a non-integer power yields a complex result");
    }
    if (exponent.sign() < 0) return numeric(0);
    const bool odd = is_whole(exponent) && trunc(exponent, 0).unscaled() % 2 != 0;
    return infinity(base.sign() < 0 && odd ? -1 : 1);
}

}  // namespace

result<numeric> square_root(const numeric& a) {
    if (a.is_nan()) return a;
    if (a.sign() < 0) return bad_power("cannot take square root of a negative number");
    if (!a.is_finite()) return a;
    int group = 0;
    if (!a.is_zero()) {
        const int exponent = decimal_digits(a.unscaled()) - 1 - a.scale();
        group = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
    }
    const int root_digits = (group + 1) * 2 - 1;
    const int scale = bounded_scale(numeric::significant_digits_min - root_digits, a.scale());
    // sqrt(u / 10^s) at `scale` digits and one more to round by.
    const int shift = 2 * (scale + 1) - a.scale();
    const integer shifted = shift >= 0 ? integer(a.unscaled() * power_of_ten(shift))
                                       : integer(a.unscaled() / power_of_ten(-shift));
    return round({boost::multiprecision::sqrt(shifted), scale + 1}, scale);
}

result<numeric> exponential(const numeric& a) {
    if (a.is_nan()) return a;
    if (!a.is_finite()) return a.sign() > 0 ? a : numeric(0);
    const double v = to_double(a);
    const double bounded = std::clamp(v * log10_of_e, -static_cast<double>(result_scale_max),
                                      static_cast<double>(result_scale_max));
    const int scale =
        bounded_scale(numeric::significant_digits_min - static_cast<int>(bounded), a.scale());
    if (std::fabs(v) >= result_scale_max * 3) {
        if (v > 0) return overflow();
        return round(0, scale);
    }
    return checked(exp_to_scale(a, scale, v));
}

namespace {

result<void> check_logarithm(const numeric& a) {
    if (a.is_nan() || a.sign() > 0) return {};
    return sql_error(sqlstate::invalid_argument_for_logarithm,
                     a.sign() == 0 ? "cannot take logarithm of zero"
                                   : "cannot take logarithm of a negative number");
}

}  // namespace

result<numeric> natural_logarithm(const numeric& a) {
    if (auto r = check_logarithm(a); !r) return r.error();
    if (!a.is_finite()) return a;
    const int scale =
        bounded_scale(numeric::significant_digits_min - logarithm_weight(a), a.scale());
    return ln_to_scale(a, scale);
}

result<numeric> logarithm(const numeric& base, const numeric& a) {
    if (base.is_nan() || a.is_nan()) return numeric::special(numeric_kind::not_a_number);
    for (const auto* n : {&base, &a}) {
        if (auto r = check_logarithm(*n); !r) return r.error();
    }
    if (!base.is_finite())
        return a.is_finite() ? numeric(0) : numeric::special(numeric_kind::not_a_number);
    if (!a.is_finite()) return a;
    const int weight = logarithm_weight(a) - logarithm_weight(base);
    const int scale =
        bounded_scale(numeric::significant_digits_min - weight, std::max(base.scale(), a.scale()));
    const int digits = std::abs(whole_digits(a)) + std::abs(whole_digits(base));
    const fixed_point f = fixed_point::for_decimals(
        scale * 2 + a.scale() + base.scale() + numeric::significant_digits_min, digits);
    const integer divisor = f.ln(f.from(base));
    if (divisor.is_zero()) return sql_error(sqlstate::division_by_zero, "division by zero");
    return f.to_numeric(f.divide(f.ln(f.from(a)), divisor), scale);
}

result<numeric> power(const numeric& base, const numeric& exponent) {
    if (base.is_nan() || exponent.is_nan()) {
        const bool is_one = (exponent.is_zero() && base.is_nan()) ||
                            (exponent.is_nan() && base.is_finite() && compare(base, 1) == 0);
        return is_one ? numeric(1) : numeric::special(numeric_kind::not_a_number);
    }
    if (!base.is_finite() || !exponent.is_finite()) return infinite_power(base, exponent);
    if (base.is_zero() && exponent.sign() < 0) {
        return bad_power("zero raised to a negative power is undefined");
    }
    if (is_whole(exponent)) {
        const auto n = exponent.to_int4();
        if (n) return integer_power(base, *n);
    } else if (base.sign() < 0) {
        return bad_power("a negative number raised to a non-integer power yields a complex result");
    }
    if (base.is_zero()) return round(0, numeric::significant_digits_min);

    const bool negative = base.sign() < 0 && trunc(exponent, 0).unscaled() % 2 != 0;
    const numeric magnitude = abs(base);
    const double ln = to_double(magnitude) == 1
                          ? to_double(*subtract(magnitude, 1))
                          : std::log(leading_digits(magnitude).digits) +
                                leading_digits(magnitude).exponent * 2.302585092994046;
    const double v = ln * to_double(exponent);
    if (std::fabs(v) > result_scale_max * 3.01) {
        if (v > 0) return overflow();
        return round(0, numeric::display_scale_max);
    }
    const int scale =
        bounded_scale(numeric::significant_digits_min - static_cast<int>(v * log10_of_e),
                      std::max(base.scale(), exponent.scale()));
    const int digits = static_cast<int>(std::fabs(v)) + std::abs(whole_digits(magnitude)) +
                       std::abs(whole_digits(exponent));
    const fixed_point f = fixed_point::for_decimals(
        scale + magnitude.scale() + exponent.scale() + numeric::significant_digits_min, digits);
    const integer product = f.multiply(f.ln(f.from(magnitude)), f.from(exponent));
    auto r = f.to_numeric(f.exp(product), scale);
    return checked(negative ? negate(r) : std::move(r));
}

}  // namespace historyd::types
