#include <array>
#include <cmath>
#include <map>
#include <type_traits>

#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"

// sum() and avg().

namespace historyd::sqlite {
namespace {

using types::numeric;

// The sum of a frame of numerics: finite ones exactly, the special ones counted, so that a value
// can be taken out of the frame again.
class numeric_sum {
public:
    result<void> step(const function_call& c) { return change(c, 1); }
    result<void> inverse(const function_call& c) { return change(c, -1); }

    std::int64_t count() const { return count_; }

    result<numeric> total() const {
        const auto positive = specials_.at(1), negative = specials_.at(2);
        if (specials_.at(0) > 0 || (positive > 0 && negative > 0)) {
            return numeric::special(types::numeric_kind::not_a_number);
        }
        if (positive > 0) return numeric::special(types::numeric_kind::infinity);
        if (negative > 0) return numeric::special(types::numeric_kind::minus_infinity);
        // The scale is that of the values in the frame, not of one that left it.
        const int scale = scales_.empty() ? 0 : scales_.rbegin()->first;
        return types::checked(types::trunc(sum_, scale));
    }

private:
    result<void> change(const function_call& c, int by) {
        if (c.is_null(0)) return {};
        auto v = numeric_argument(c, 0);
        if (!v) return v.error();
        count_ += by;
        switch (v->kind()) {
            case types::numeric_kind::not_a_number:
                specials_[0] += by;
                return {};
            case types::numeric_kind::infinity:
                specials_[1] += by;
                return {};
            case types::numeric_kind::minus_infinity:
                specials_[2] += by;
                return {};
            case types::numeric_kind::finite:
                break;
        }
        auto& uses = scales_[v->scale()];
        uses += by;
        if (uses == 0) scales_.erase(v->scale());
        auto changed = by > 0 ? add(sum_, *v) : subtract(sum_, *v);
        if (!changed) return changed.error();
        sum_ = std::move(*changed);
        return {};
    }

    numeric sum_;
    std::int64_t count_ = 0;
    std::array<std::int64_t, 3> specials_{};  // NaN, Infinity, -Infinity
    std::map<int, std::int64_t> scales_;
};

struct sum_numeric : numeric_sum {
    result<value> finish(const function_call&) const {
        if (count() == 0) return value();
        return numeric_value(total());
    }
};

struct average_numeric : numeric_sum {
    result<value> finish(const function_call&) const {
        if (count() == 0) return value();
        const auto sum = total();
        if (!sum) return sum.error();
        return numeric_value(divide(*sum, numeric(count())));
    }
};

// Float sums are not taken apart again: subtracting would not give the sum of what is left. A
// moving frame is added up anew instead.
template <class Float, bool Average>
class float_sum {
public:
    result<void> step(const function_call& c) {
        if (!c.is_null(0)) values_.push_back(c.real(0));
        return {};
    }
    result<void> inverse(const function_call& c) {
        if (!c.is_null(0)) ++first_;
        return {};
    }
    result<value> finish(const function_call&) const {
        if (first_ == values_.size()) return value();
        using accumulator = std::conditional_t<Average, double, Float>;
        accumulator sum = 0;
        bool some_infinite = false;
        for (std::size_t i = first_; i < values_.size(); ++i) {
            some_infinite = some_infinite || std::isinf(values_[i]);
            // PostgreSQL's sum starts with the first value, its average with 0: 0 + -0 is 0.
            const auto v = static_cast<accumulator>(values_[i]);
            sum = i == first_ && !Average ? v : sum + v;
        }
        if (std::isinf(sum) && !some_infinite) {
            return sql_error(sqlstate::numeric_value_out_of_range, "value out of range: overflow");
        }
        if (!Average) return real_value(static_cast<double>(sum));
        return real_value(static_cast<double>(sum) / static_cast<double>(values_.size() - first_));
    }

private:
    std::vector<double> values_;
    std::size_t first_ = 0;
};

template <bool Average>
class interval_sum {
public:
    result<void> step(const function_call& c) { return change(c, true); }
    result<void> inverse(const function_call& c) { return change(c, false); }
    result<value> finish(const function_call&) const {
        if (count_ == 0) return value();
        if (!Average) return interval_value(sum_);
        return interval_value(divide(sum_, static_cast<double>(count_)));
    }

private:
    result<void> change(const function_call& c, bool forward) {
        if (c.is_null(0)) return {};
        const auto v = interval_argument(c, 0);
        if (!v) return v.error();
        const auto changed = forward ? add(sum_, *v) : subtract(sum_, *v);
        if (!changed) return changed.error();
        sum_ = *changed;
        count_ += forward ? 1 : -1;
        return {};
    }

    types::interval sum_;
    std::int64_t count_ = 0;
};

}  // namespace

std::span<const aggregate_function> sum_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<sum_numeric>("pg_sum_int8", 1),
        aggregate<sum_numeric>("pg_sum_numeric", 1),
        aggregate<float_sum<float, false>>("pg_sum_float4", 1),
        aggregate<float_sum<double, false>>("pg_sum_float8", 1),
        aggregate<float_sum<double, true>>("pg_avg_float", 1),
        aggregate<interval_sum<false>>("pg_sum_interval", 1),
        aggregate<average_numeric>("pg_avg_numeric", 1),
        aggregate<interval_sum<true>>("pg_avg_interval", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
