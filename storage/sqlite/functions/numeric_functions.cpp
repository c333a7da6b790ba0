#include <algorithm>

#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"
#include "storage/types/numeric_math.hpp"

// numeric: exact arithmetic over the storage text.

namespace historyd::sqlite {
namespace {

using types::numeric;

template <result<numeric> (*Operation)(const numeric&, const numeric&)>
result<value> binary(const function_call& c) {
    const auto a = numeric_argument(c, 0);
    if (!a) return a.error();
    const auto b = numeric_argument(c, 1);
    if (!b) return b.error();
    return numeric_value(Operation(*a, *b));
}

template <numeric (*Operation)(const numeric&)>
result<value> unary(const function_call& c) {
    const auto a = numeric_argument(c, 0);
    if (!a) return a.error();
    return numeric_value(Operation(*a));
}

template <result<numeric> (*Operation)(const numeric&)>
result<value> unary_checked(const function_call& c) {
    const auto a = numeric_argument(c, 0);
    if (!a) return a.error();
    return numeric_value(Operation(*a));
}

template <numeric (*Operation)(const numeric&, int)>
result<value> to_digits(const function_call& c) {
    const auto a = numeric_argument(c, 0);
    if (!a) return a.error();
    const auto digits =
        std::clamp<std::int64_t>(c.integer(1), -numeric::integer_digits_max, numeric::scale_max);
    return numeric_value(types::checked(Operation(*a, static_cast<int>(digits))));
}

result<value> sign(const function_call& c) {
    const auto a = numeric_argument(c, 0);
    if (!a) return a.error();
    return numeric_value(a->is_nan() ? *a : numeric(a->sign()));
}

result<value> scale(const function_call& c) {
    const auto a = numeric_argument(c, 0);
    if (!a) return a.error();
    if (!a->is_finite()) return value();
    return value(std::int64_t{a->scale()});
}

result<value> minimum_scale(const function_call& c) {
    const auto a = numeric_argument(c, 0);
    if (!a) return a.error();
    if (!a->is_finite()) return value();
    return value(std::int64_t{types::min_scale(*a)});
}

result<value> factorial(const function_call& c) {
    return numeric_value(types::factorial(c.integer(0)));
}

result<value> bucket_of(const numeric& operand, const numeric& low, const numeric& high,
                        std::int64_t count) {
    const bool ascending = compare(low, high) < 0;
    const int from_low = compare(operand, low), from_high = compare(operand, high);
    if (ascending ? from_low < 0 : from_low > 0) return value(std::int64_t{0});
    if (ascending ? from_high >= 0 : from_high <= 0) {
        if (count == INT32_MAX) {
            return sql_error(sqlstate::numeric_value_out_of_range, "integer out of range");
        }
        return value(count + 1);
    }
    const auto distance = subtract(operand, low), width = subtract(high, low);
    if (!distance) return distance.error();
    if (!width) return width.error();
    const auto scaled = multiply(*distance, numeric(count));
    if (!scaled) return scaled.error();
    const auto bucket = div_trunc(*scaled, *width);
    if (!bucket) return bucket.error();
    const auto index = bucket->to_int8();
    if (!index) return index.error();
    return value(*index + 1);
}

result<value> width_bucket(const function_call& c) {
    const auto invalid = [](const char* message) { return sql_error("2201G", message); };
    const auto count = c.integer(3);
    if (count <= 0) return invalid("count must be greater than zero");
    const auto operand = numeric_argument(c, 0), low = numeric_argument(c, 1),
               high = numeric_argument(c, 2);
    for (const auto* v : {&operand, &low, &high}) {
        if (!*v) return v->error();
        if ((*v)->is_nan()) return invalid("operand, lower bound, and upper bound cannot be NaN");
    }
    if (!low->is_finite() || !high->is_finite()) {
        return invalid("lower and upper bounds must be finite");
    }
    if (compare(*low, *high) == 0) return invalid("lower bound cannot equal upper bound");
    return bucket_of(*operand, *low, *high, count);
}

}  // namespace

std::span<const scalar_function> numeric_functions() {
    static constexpr scalar_function functions[] = {
        strict<binary<types::add>>("pg_add_numeric", 2),
        strict<binary<types::subtract>>("pg_subtract_numeric", 2),
        strict<binary<types::multiply>>("pg_multiply_numeric", 2),
        strict<binary<types::divide>>("pg_divide_numeric", 2),
        strict<binary<types::modulo>>("pg_mod_numeric", 2),
        strict<binary<types::div_trunc>>("pg_div_trunc_numeric", 2),
        strict<binary<types::gcd>>("pg_gcd_numeric", 2),
        strict<binary<types::lcm>>("pg_lcm_numeric", 2),
        strict<binary<types::power>>("pg_power_numeric", 2),
        strict<binary<types::logarithm>>("pg_log_numeric", 2),
        strict<unary<types::negate>>("pg_negate_numeric", 1),
        strict<unary<types::abs>>("pg_abs_numeric", 1),
        strict<unary<types::ceil>>("pg_ceil_numeric", 1),
        strict<unary<types::floor>>("pg_floor_numeric", 1),
        strict<unary<types::trim_scale>>("pg_trim_scale", 1),
        strict<unary_checked<types::square_root>>("pg_sqrt_numeric", 1),
        strict<unary_checked<types::exponential>>("pg_exp_numeric", 1),
        strict<unary_checked<types::natural_logarithm>>("pg_ln_numeric", 1),
        strict<to_digits<types::round>>("pg_round_numeric", 2),
        strict<to_digits<types::trunc>>("pg_trunc_numeric", 2),
        strict<sign>("pg_sign_numeric", 1),
        strict<scale>("pg_scale", 1),
        strict<minimum_scale>("pg_min_scale", 1),
        strict<factorial>("pg_factorial", 1),
        strict<width_bucket>("pg_width_bucket_numeric", 4),
    };
    return functions;
}

}  // namespace historyd::sqlite
