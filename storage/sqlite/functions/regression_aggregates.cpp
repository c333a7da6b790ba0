#include <cmath>

#include "storage/sqlite/functions/families.hpp"

// corr(), covar_...() and regr_...() of pairs (Y, X).

namespace historyd::sqlite {
namespace {

struct pair_sums {
    double count = 0, sum_x = 0, sum_y = 0;
    double xx = 0, yy = 0, xy = 0;  // sums of products of deviations
};

using statistic = value (*)(const pair_sums&);

template <statistic Statistic>
class regression {
public:
    result<void> step(const function_call& c) {
        if (c.is_null(0) || c.is_null(1)) return {};
        const double y = c.real(0), x = c.real(1);
        const double before = sums_.count++;
        sums_.sum_x += x;
        sums_.sum_y += y;
        if (before > 0) {
            const double dx = x * sums_.count - sums_.sum_x, dy = y * sums_.count - sums_.sum_y;
            const double scale = 1.0 / (sums_.count * before);
            sums_.xx += dx * dx * scale;
            sums_.yy += dy * dy * scale;
            sums_.xy += dx * dy * scale;
        }
        if (!std::isfinite(x)) sums_.xx = sums_.xy = std::nan("");
        if (!std::isfinite(y)) sums_.yy = sums_.xy = std::nan("");
        return {};
    }
    result<value> finish(const function_call&) const { return Statistic(sums_); }

private:
    pair_sums sums_;
};

template <double pair_sums::*Sum>
value sum_of_products(const pair_sums& s) {
    return s.count < 1 ? value() : real_value(s.*Sum);
}
template <double pair_sums::*Sum>
value average(const pair_sums& s) {
    return s.count < 1 ? value() : real_value(s.*Sum / s.count);
}
value sample_covariance(const pair_sums& s) {
    return s.count < 2 ? value() : real_value(s.xy / (s.count - 1));
}
value correlation(const pair_sums& s) {
    if (s.count < 1 || s.xx == 0 || s.yy == 0) return {};
    return real_value(s.xy / std::sqrt(s.xx * s.yy));
}
value determination(const pair_sums& s) {
    if (s.count < 1 || s.xx == 0) return {};
    if (s.yy == 0) return 1.0;
    return real_value((s.xy * s.xy) / (s.xx * s.yy));
}
value slope(const pair_sums& s) {
    return s.count < 1 || s.xx == 0 ? value() : real_value(s.xy / s.xx);
}
value intercept(const pair_sums& s) {
    if (s.count < 1 || s.xx == 0) return {};
    return real_value((s.sum_y - s.sum_x * s.xy / s.xx) / s.count);
}
value pair_count(const pair_sums& s) { return static_cast<std::int64_t>(s.count); }

}  // namespace

std::span<const aggregate_function> regression_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<regression<correlation>>("pg_corr", 2),
        aggregate<regression<average<&pair_sums::xy>>>("pg_covar_pop", 2),
        aggregate<regression<sample_covariance>>("pg_covar_samp", 2),
        aggregate<regression<average<&pair_sums::sum_x>>>("pg_regr_avgx", 2),
        aggregate<regression<average<&pair_sums::sum_y>>>("pg_regr_avgy", 2),
        aggregate<regression<pair_count>>("pg_regr_count", 2),
        aggregate<regression<intercept>>("pg_regr_intercept", 2),
        aggregate<regression<determination>>("pg_regr_r2", 2),
        aggregate<regression<slope>>("pg_regr_slope", 2),
        aggregate<regression<sum_of_products<&pair_sums::xx>>>("pg_regr_sxx", 2),
        aggregate<regression<sum_of_products<&pair_sums::xy>>>("pg_regr_sxy", 2),
        aggregate<regression<sum_of_products<&pair_sums::yy>>>("pg_regr_syy", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
