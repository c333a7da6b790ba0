#include <algorithm>
#include <cmath>

#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/ordered_rows.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/scalar_text.hpp"

// mode() and percentile_...() WITHIN GROUP (ORDER BY ...): name_ordered(spec, fraction, key).

namespace historyd::sqlite {
namespace {

// Group rows with a key, in its order: NULL keys take no part.
class sorted_keys {
public:
    result<void> step(const function_call& c) {
        // A bad fraction is an error even when every key is NULL.
        if (!fraction_ && c.count() > 2) fraction_ = c.copy(1);
        return c.is_null(c.count() - 1) ? result<void>() : rows_.keep(c);
    }

protected:
    function_call key(const function_call& c, std::size_t i) {
        return rows_.row(c.db(), i).from(rows_.row(c.db(), i).count() - 1);
    }

    ordered_rows rows_;
    std::optional<value> fraction_;
};

class most_frequent : public sorted_keys {
public:
    result<value> finish(const function_call& c) {
        rows_.sort();
        value best;
        std::size_t best_run = 0, run = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const bool same = i > 0 && compare_values(rows_.spec().keys.front(), key(c, i).view(0),
                                                      key(c, i - 1).view(0)) == 0;
            run = same ? run + 1 : 1;
            if (run > best_run) {
                best_run = run;
                best = key(c, i + 1 - run).copy(0);
            }
        }
        return best;
    }
};

result<double> checked_fraction(double f) {
    if (f >= 0 && f <= 1) return f;
    std::string text;
    types::format_float8(f, 1, text);
    return sql_error(sqlstate::numeric_value_out_of_range,
                     "percentile value " + text + " is not between 0 and 1");
}

// A fraction as a number: nullopt for NULL, which gives NULL.
result<std::optional<double>> fraction_of(const std::optional<value>& v) {
    if (!v || is_null(*v)) return std::optional<double>();
    double f = std::nan("");
    if (const auto* real = std::get_if<double>(&*v)) f = *real;
    if (const auto* integer = std::get_if<std::int64_t>(&*v)) f = static_cast<double>(*integer);
    const auto checked = checked_fraction(f);
    if (!checked) return checked.error();
    return std::optional<double>(*checked);
}

class discrete_percentile : public sorted_keys {
public:
    result<value> finish(const function_call& c) {
        const auto fraction = fraction_of(fraction_);
        if (!fraction) return fraction.error();
        if (!*fraction || rows_.size() == 0) return value();
        rows_.sort();
        const auto n = static_cast<double>(rows_.size());
        const auto row = std::max(1.0, std::ceil(**fraction * n));
        return key(c, static_cast<std::size_t>(row) - 1).copy(0);
    }
};

// Where a fraction falls among n sorted rows: two neighbours and the share of the way between them.
struct place {
    std::size_t low, high;
    double share;

    place(double fraction, std::size_t n) {
        const double position = fraction * (static_cast<double>(n) - 1);
        low = static_cast<std::size_t>(std::floor(position));
        high = static_cast<std::size_t>(std::ceil(position));
        share = position - std::floor(position);
    }
};

class continuous_percentile : public sorted_keys {
public:
    result<value> finish(const function_call& c) {
        const auto fraction = fraction_of(fraction_);
        if (!fraction) return fraction.error();
        if (!*fraction || rows_.size() == 0) return value();
        rows_.sort();
        return real_value(at(c, **fraction));
    }

protected:
    double at(const function_call& c, double fraction) {
        const place p(fraction, rows_.size());
        const double low = key(c, p.low).real(0), high = key(c, p.high).real(0);
        return p.low == p.high ? low : low + (high - low) * p.share;
    }
};

class continuous_percentiles : public continuous_percentile {
public:
    result<value> finish(const function_call& c) {
        if (!fraction_ || is_null(*fraction_) || rows_.size() == 0) return value();
        auto fractions = types::parse_array(std::get<std::string>(*fraction_));
        if (!fractions) return fractions.error();
        rows_.sort();
        for (auto& e : fractions->elements) {
            if (!e) continue;
            const auto parsed = types::parse_float8(*e);
            if (!parsed) return parsed.error();
            const auto checked = checked_fraction(*parsed);
            if (!checked) return checked.error();
            std::string text;
            types::format_float8(at(c, *checked), 1, text);
            e = std::move(text);
        }
        return value(types::array_to_text(*fractions));
    }
};

class continuous_interval_percentile : public sorted_keys {
public:
    result<value> finish(const function_call& c) {
        const auto fraction = fraction_of(fraction_);
        if (!fraction) return fraction.error();
        if (!*fraction || rows_.size() == 0) return value();
        rows_.sort();
        const place p(**fraction, rows_.size());
        const auto low = interval_argument(key(c, p.low), 0);
        if (!low || p.low == p.high) return interval_value(low);
        const auto high = interval_argument(key(c, p.high), 0);
        if (!high) return high.error();
        const auto difference = subtract(*high, *low);
        if (!difference) return difference.error();
        const auto part = multiply(*difference, p.share);
        if (!part) return part.error();
        return interval_value(add(*low, *part));
    }
};

}  // namespace

std::span<const aggregate_function> ordered_set_aggregates() {
    static constexpr aggregate_function functions[] = {
        aggregate<most_frequent>("pg_mode_ordered", 2),
        aggregate<discrete_percentile>("pg_percentile_disc_ordered", 3),
        aggregate<continuous_percentile>("pg_percentile_cont_ordered", 3),
        aggregate<continuous_percentiles>("pg_percentile_cont_array_ordered", 3),
        aggregate<continuous_interval_percentile>("pg_percentile_cont_interval_ordered", 3),
    };
    return functions;
}

}  // namespace historyd::sqlite
