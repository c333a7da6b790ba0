#include <cmath>

#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"

// variance() and stddev(): exact for integers and numeric, in one pass for floats.

namespace historyd::sqlite {
namespace {

using types::numeric;

enum class spread : std::uint8_t { variance, deviation };
enum class over : std::uint8_t { sample, population };

// sqrt(v) with v's own scale, rounded.
numeric root_at_scale(const numeric& v) {
    // Two digits more than wanted decide the rounding.
    const auto wide = v.unscaled() * types::power_of_ten(v.scale() + 4);
    return types::round(numeric(boost::multiprecision::sqrt(wide), v.scale() + 2), v.scale());
}

template <spread Spread, over Over>
class numeric_spread {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0)) return {};
        auto v = numeric_argument(c, 0);
        if (!v) return v.error();
        ++count_;
        if (!v->is_finite()) {
            some_special_ = true;
            return {};
        }
        const auto square = multiply(*v, *v);
        if (!square) return square.error();
        auto sum = add(sum_, *v), squares = add(squares_, *square);
        if (!sum) return sum.error();
        if (!squares) return squares.error();
        sum_ = std::move(*sum);
        squares_ = std::move(*squares);
        return {};
    }

    result<value> finish(const function_call&) const {
        const std::int64_t divisor = Over == over::sample ? count_ - 1 : count_;
        if (divisor <= 0) return value();
        if (some_special_)
            return numeric_value(numeric::special(types::numeric_kind::not_a_number));
        // (n * sum of squares - square of the sum) / (n * divisor)
        const auto scaled = multiply(numeric(count_), squares_), square = multiply(sum_, sum_);
        if (!scaled) return scaled.error();
        if (!square) return square.error();
        const auto difference = subtract(*scaled, *square);
        if (!difference) return difference.error();
        if (difference->sign() <= 0) return numeric_value(numeric(0));
        const auto variance = divide(*difference, numeric(numeric::integer(count_) * divisor, 0));
        if (!variance || Spread == spread::variance) return numeric_value(variance);
        return numeric_value(root_at_scale(*variance));
    }

private:
    std::int64_t count_ = 0;
    bool some_special_ = false;
    numeric sum_, squares_;
};

// Youngs and Cramer's update of the sum of squared deviations, which PostgreSQL uses too, so that
// the last digits agree.
template <spread Spread, over Over>
class float_spread {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0)) return {};
        const double v = c.real(0);
        const double before = count_++;
        sum_ += v;
        if (before > 0) {
            const double deviation = v * count_ - sum_;
            squares_ += deviation * deviation / (count_ * before);
        }
        if (!std::isfinite(v)) squares_ = std::nan("");
        some_infinite_ = some_infinite_ || !std::isfinite(v);
        return {};
    }

    result<value> finish(const function_call&) const {
        const double divisor = Over == over::sample ? count_ - 1 : count_;
        if (divisor <= 0) return value();
        if (!some_infinite_ && (std::isinf(sum_) || std::isinf(squares_))) {
            return sql_error(sqlstate::numeric_value_out_of_range, "value out of range: overflow");
        }
        const double variance = squares_ / divisor;
        return real_value(Spread == spread::variance ? variance : std::sqrt(variance));
    }

private:
    double count_ = 0, sum_ = 0, squares_ = 0;
    bool some_infinite_ = false;
};

}  // namespace

std::span<const aggregate_function> variance_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<numeric_spread<spread::variance, over::sample>>("pg_var_samp_numeric", 1),
        aggregate<numeric_spread<spread::variance, over::population>>("pg_var_pop_numeric", 1),
        aggregate<numeric_spread<spread::deviation, over::sample>>("pg_stddev_samp_numeric", 1),
        aggregate<numeric_spread<spread::deviation, over::population>>("pg_stddev_pop_numeric", 1),
        aggregate<float_spread<spread::variance, over::sample>>("pg_var_samp_float", 1),
        aggregate<float_spread<spread::variance, over::population>>("pg_var_pop_float", 1),
        aggregate<float_spread<spread::deviation, over::sample>>("pg_stddev_samp_float", 1),
        aggregate<float_spread<spread::deviation, over::population>>("pg_stddev_pop_float", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
