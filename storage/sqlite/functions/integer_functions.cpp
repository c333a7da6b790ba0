#include <cstdlib>
#include <numeric>

#include "storage/sqlite/functions/families.hpp"

// int2, int4 and int8: arithmetic that fails instead of wrapping around.

namespace historyd::sqlite {
namespace {

template <class Int>
sql_error out_of_range() {
    const char* type = sizeof(Int) == 2 ? "smallint" : sizeof(Int) == 4 ? "integer" : "bigint";
    return {sqlstate::numeric_value_out_of_range, std::string(type) + " out of range"};
}

template <class Int>
result<value> in_range(std::int64_t v) {
    if (v < std::numeric_limits<Int>::min() || v > std::numeric_limits<Int>::max()) {
        return out_of_range<Int>();
    }
    return value(v);
}

template <class Int>
result<value> add(const function_call& c) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(c.integer(0), c.integer(1), &sum)) return out_of_range<Int>();
    return in_range<Int>(sum);
}

template <class Int>
result<value> subtract(const function_call& c) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(c.integer(0), c.integer(1), &difference)) {
        return out_of_range<Int>();
    }
    return in_range<Int>(difference);
}

template <class Int>
result<value> multiply(const function_call& c) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(c.integer(0), c.integer(1), &product)) return out_of_range<Int>();
    return in_range<Int>(product);
}

template <class Int>
result<value> divide(const function_call& c) {
    const auto a = c.integer(0), b = c.integer(1);
    if (b == 0) return division_by_zero();
    if (b == -1) return a == INT64_MIN ? result<value>(out_of_range<Int>()) : in_range<Int>(-a);
    return in_range<Int>(a / b);
}

template <class Int>
result<value> negate(const function_call& c) {
    if (c.integer(0) == INT64_MIN) return out_of_range<Int>();
    return in_range<Int>(-c.integer(0));
}

template <class Int>
result<value> absolute(const function_call& c) {
    return c.integer(0) < 0 ? negate<Int>(c) : value(c.integer(0));
}

result<value> modulo(const function_call& c) {
    const auto b = c.integer(1);
    if (b == 0) return division_by_zero();
    return value(b == -1 ? std::int64_t{0} : c.integer(0) % b);
}

// A shift wider than the type counts modulo its width, as the machine's own shifts do.
template <class Int>
constexpr int shift_mask = sizeof(Int) == 8 ? 63 : 31;

template <class Int>
result<value> shift_left(const function_call& c) {
    const auto bits = static_cast<std::uint64_t>(c.integer(0)) << (c.integer(1) & shift_mask<Int>);
    return value(static_cast<std::int64_t>(static_cast<Int>(bits)));
}

template <class Int>
result<value> shift_right(const function_call& c) {
    return value(c.integer(0) >> (c.integer(1) & shift_mask<Int>));
}

std::uint64_t magnitude(std::int64_t v) {
    return v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
}

template <class Int>
result<value> from_magnitude(std::uint64_t v) {
    if (v > static_cast<std::uint64_t>(std::numeric_limits<Int>::max())) return out_of_range<Int>();
    return value(static_cast<std::int64_t>(v));
}

template <class Int>
result<value> greatest_divisor(const function_call& c) {
    return from_magnitude<Int>(std::gcd(magnitude(c.integer(0)), magnitude(c.integer(1))));
}

template <class Int>
result<value> least_multiple(const function_call& c) {
    const auto a = magnitude(c.integer(0)), b = magnitude(c.integer(1));
    if (a == 0 || b == 0) return value(std::int64_t{0});
    std::uint64_t multiple = 0;
    if (__builtin_mul_overflow(a / std::gcd(a, b), b, &multiple)) return out_of_range<Int>();
    return from_magnitude<Int>(multiple);
}

template <class Int>
result<value> to_hex(const function_call& c) {
    static constexpr char digits[] = "0123456789abcdef";
    auto rest = static_cast<std::make_unsigned_t<Int>>(c.integer(0));
    std::string out;
    do {
        out.insert(out.begin(), digits[rest % 16]);
        rest = static_cast<std::make_unsigned_t<Int>>(rest / 16);
    } while (rest != 0);
    return value(std::move(out));
}

}  // namespace

std::span<const scalar_function> integer_functions() {
    static constexpr scalar_function functions[] = {
        strict<add<std::int16_t>>("pg_add_int2", 2),
        strict<add<std::int32_t>>("pg_add_int4", 2),
        strict<add<std::int64_t>>("pg_add_int8", 2),
        strict<subtract<std::int16_t>>("pg_subtract_int2", 2),
        strict<subtract<std::int32_t>>("pg_subtract_int4", 2),
        strict<subtract<std::int64_t>>("pg_subtract_int8", 2),
        strict<multiply<std::int16_t>>("pg_multiply_int2", 2),
        strict<multiply<std::int32_t>>("pg_multiply_int4", 2),
        strict<multiply<std::int64_t>>("pg_multiply_int8", 2),
        strict<divide<std::int16_t>>("pg_divide_int2", 2),
        strict<divide<std::int32_t>>("pg_divide_int4", 2),
        strict<divide<std::int64_t>>("pg_divide_int8", 2),
        strict<negate<std::int16_t>>("pg_negate_int2", 1),
        strict<negate<std::int32_t>>("pg_negate_int4", 1),
        strict<negate<std::int64_t>>("pg_negate_int8", 1),
        strict<absolute<std::int16_t>>("pg_abs_int2", 1),
        strict<absolute<std::int32_t>>("pg_abs_int4", 1),
        strict<absolute<std::int64_t>>("pg_abs_int8", 1),
        strict<modulo>("pg_mod_int", 2),
        strict<shift_left<std::int16_t>>("pg_shift_left_int2", 2),
        strict<shift_left<std::int32_t>>("pg_shift_left_int4", 2),
        strict<shift_left<std::int64_t>>("pg_shift_left_int8", 2),
        strict<shift_right<std::int16_t>>("pg_shift_right_int2", 2),
        strict<shift_right<std::int32_t>>("pg_shift_right_int4", 2),
        strict<shift_right<std::int64_t>>("pg_shift_right_int8", 2),
        strict<greatest_divisor<std::int32_t>>("pg_gcd_int4", 2),
        strict<greatest_divisor<std::int64_t>>("pg_gcd_int8", 2),
        strict<least_multiple<std::int32_t>>("pg_lcm_int4", 2),
        strict<least_multiple<std::int64_t>>("pg_lcm_int8", 2),
        strict<to_hex<std::int32_t>>("pg_to_hex_int4", 1),
        strict<to_hex<std::int64_t>>("pg_to_hex_int8", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
