#include <cmath>

#include "storage/sqlite/functions/families.hpp"

// float4 and float8 arithmetic and rounding: IEEE's, but leaving the range is an error.

namespace historyd::sqlite {
namespace {

template <class Float>
Float argument(const function_call& c, int i) {
    return static_cast<Float>(c.real(i));
}

// Requires: `zero_expected` is whether a zero result is exact.
template <class Float>
result<value> checked(Float r, Float a, Float b, bool zero_expected) {
    if (std::isinf(r) && !std::isinf(a) && !std::isinf(b)) return float_overflow();
    if (r == 0 && !zero_expected) return float_underflow();
    return real_value(static_cast<double>(r));
}

template <class Float>
result<value> float_add(const function_call& c) {
    const auto a = argument<Float>(c, 0), b = argument<Float>(c, 1);
    return checked<Float>(a + b, a, b, true);
}

template <class Float>
result<value> float_subtract(const function_call& c) {
    const auto a = argument<Float>(c, 0), b = argument<Float>(c, 1);
    return checked<Float>(a - b, a, b, true);
}

template <class Float>
result<value> float_multiply(const function_call& c) {
    const auto a = argument<Float>(c, 0), b = argument<Float>(c, 1);
    return checked<Float>(a * b, a, b, a == 0 || b == 0);
}

template <class Float>
result<value> float_divide(const function_call& c) {
    const auto a = argument<Float>(c, 0), b = argument<Float>(c, 1);
    if (b == 0 && !std::isnan(a)) return division_by_zero();
    return checked<Float>(a / b, a, b, a == 0 || std::isinf(b));
}

result<value> float_negate(const function_call& c) { return real_value(-c.real(0)); }
result<value> float_absolute(const function_call& c) { return real_value(std::fabs(c.real(0))); }
result<value> ceiling(const function_call& c) { return real_value(std::ceil(c.real(0))); }
result<value> floor(const function_call& c) { return real_value(std::floor(c.real(0))); }
// To the nearest even number, which is what PostgreSQL does for floats.
result<value> round(const function_call& c) { return real_value(std::nearbyint(c.real(0))); }
result<value> trunc(const function_call& c) { return real_value(std::trunc(c.real(0))); }

result<value> sign(const function_call& c) {
    const double v = c.real(0);
    return real_value(v > 0 ? 1.0 : v < 0 ? -1.0 : 0.0);
}

result<value> width_bucket(const function_call& c) {
    const double operand = c.real(0), low = c.real(1), high = c.real(2);
    const auto count = c.integer(3);
    const auto invalid = [](const char* message) { return sql_error("2201G", message); };
    if (count <= 0) return invalid("count must be greater than zero");
    if (std::isnan(operand) || std::isnan(low) || std::isnan(high)) {
        return invalid("operand, lower bound, and upper bound cannot be NaN");
    }
    if (std::isinf(low) || std::isinf(high)) {
        return invalid("lower and upper bounds must be finite");
    }
    if (low == high) return invalid("lower bound cannot equal upper bound");
    const bool ascending = low < high;
    if (ascending ? operand < low : operand > low) return value(std::int64_t{0});
    if (ascending ? operand >= high : operand <= high) {
        if (count == INT32_MAX) {
            return sql_error(sqlstate::numeric_value_out_of_range, "integer out of range");
        }
        return value(count + 1);
    }
    const double share = (operand - low) / (high - low);
    const auto bucket = static_cast<std::int64_t>(static_cast<double>(count) * share);
    return value(std::min(bucket, count - 1) + 1);
}

}  // namespace

std::span<const scalar_function> float_functions() {
    static constexpr scalar_function functions[] = {
        strict<float_add<float>>("pg_add_float4", 2),
        strict<float_add<double>>("pg_add_float8", 2),
        strict<float_subtract<float>>("pg_subtract_float4", 2),
        strict<float_subtract<double>>("pg_subtract_float8", 2),
        strict<float_multiply<float>>("pg_multiply_float4", 2),
        strict<float_multiply<double>>("pg_multiply_float8", 2),
        strict<float_divide<float>>("pg_divide_float4", 2),
        strict<float_divide<double>>("pg_divide_float8", 2),
        strict<float_negate>("pg_negate_float", 1),
        strict<float_absolute>("pg_abs_float", 1),
        strict<ceiling>("pg_ceil_float", 1),
        strict<floor>("pg_floor_float", 1),
        strict<round>("pg_round_float", 1),
        strict<trunc>("pg_trunc_float", 1),
        strict<sign>("pg_sign_float", 1),
        strict<width_bucket>("pg_width_bucket_float", 4),
    };
    return functions;
}

}  // namespace historyd::sqlite
