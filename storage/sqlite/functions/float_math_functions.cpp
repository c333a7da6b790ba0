#include <cmath>

#include "storage/sqlite/functions/families.hpp"

// Roots, powers, logarithms and hyperbolic functions of float8.

namespace historyd::sqlite {
namespace {

sql_error range_error(const char* message) {
    return {sqlstate::numeric_value_out_of_range, message};
}
sql_error domain_error() { return range_error("input is out of range"); }

result<value> square_root(const function_call& c) {
    const double v = c.real(0);
    if (v < 0) {
        return sql_error(sqlstate::invalid_argument_for_power_function,
                         "cannot take square root of a negative number");
    }
    return real_value(std::sqrt(v));
}

result<value> cube_root(const function_call& c) { return real_value(std::cbrt(c.real(0))); }

result<value> power(const function_call& c) {
    const double base = c.real(0), exponent = c.real(1);
    if (base == 0 && exponent < 0) {
        return sql_error(sqlstate::invalid_argument_for_power_function,
                         "zero raised to a negative power is undefined");
    }
    if (base < 0 && std::isfinite(base) && std::isfinite(exponent) &&
        std::floor(exponent) != exponent) {
        return sql_error(sqlstate::invalid_argument_for_power_function,
                         "a negative number raised to a non-integer power yields a complex result");
    }
    const double r = std::pow(base, exponent);
    const bool finite = std::isfinite(base) && std::isfinite(exponent);
    if (finite && std::isinf(r)) return float_overflow();
    if (finite && r == 0 && base != 0) return float_underflow();
    return real_value(r);
}

result<value> exponential(const function_call& c) {
    const double v = c.real(0), r = std::exp(v);
    if (std::isinf(r) && !std::isinf(v)) return float_overflow();
    if (r == 0 && !std::isinf(v)) return float_underflow();
    return real_value(r);
}

template <double (*Logarithm)(double)>
result<value> logarithm(const function_call& c) {
    const double v = c.real(0);
    if (v == 0) {
        return sql_error(sqlstate::invalid_argument_for_logarithm, "cannot take logarithm of zero");
    }
    if (v < 0) {
        return sql_error(sqlstate::invalid_argument_for_logarithm,
                         "cannot take logarithm of a negative number");
    }
    return real_value(Logarithm(v));
}

double natural(double v) { return std::log(v); }
double decimal(double v) { return std::log10(v); }

result<value> hyperbolic_sine(const function_call& c) { return real_value(std::sinh(c.real(0))); }

result<value> hyperbolic_cosine(const function_call& c) { return real_value(std::cosh(c.real(0))); }

result<value> hyperbolic_tangent(const function_call& c) {
    return real_value(std::tanh(c.real(0)));
}

result<value> inverse_hyperbolic_sine(const function_call& c) {
    return real_value(std::asinh(c.real(0)));
}

result<value> inverse_hyperbolic_cosine(const function_call& c) {
    if (c.real(0) < 1) return domain_error();
    return real_value(std::acosh(c.real(0)));
}

result<value> inverse_hyperbolic_tangent(const function_call& c) {
    if (std::fabs(c.real(0)) > 1) return domain_error();
    return real_value(std::atanh(c.real(0)));
}

}  // namespace

std::span<const scalar_function> float_math_functions() {
    static constexpr scalar_function functions[] = {
        strict<square_root>("pg_sqrt_float", 1),
        strict<cube_root>("pg_cbrt", 1),
        strict<power>("pg_power_float", 2),
        strict<exponential>("pg_exp_float", 1),
        strict<logarithm<natural>>("pg_ln_float", 1),
        strict<logarithm<decimal>>("pg_log10_float", 1),
        strict<hyperbolic_sine>("pg_sinh", 1),
        strict<hyperbolic_cosine>("pg_cosh", 1),
        strict<hyperbolic_tangent>("pg_tanh", 1),
        strict<inverse_hyperbolic_sine>("pg_asinh", 1),
        strict<inverse_hyperbolic_cosine>("pg_acosh", 1),
        strict<inverse_hyperbolic_tangent>("pg_atanh", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
