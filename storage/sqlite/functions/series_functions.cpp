#include <array>

#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/datetime_arithmetic.hpp"

// generate_series(), generate_subscripts() and unnest() as rows.

namespace historyd::sqlite {
namespace {

sql_error invalid(const char* message) { return {sqlstate::invalid_parameter_value, message}; }
sql_error zero_step() { return invalid("step size cannot equal zero"); }

class integer_series : public row_source {
public:
    integer_series(std::int64_t start, std::int64_t stop, std::int64_t step)
        : next_(start), stop_(stop), step_(step) {}

    result<bool> next(std::vector<value>& row) override {
        if (at_end_ || (step_ > 0 ? next_ > stop_ : next_ < stop_)) return false;
        row.assign(1, value(next_));
        // The type's last value ends the series: nothing comes after it.
        at_end_ = __builtin_add_overflow(next_, step_, &next_);
        return true;
    }

private:
    std::int64_t next_, stop_, step_;
    bool at_end_ = false;
};

result<row_source_ptr> integers(const function_call& c) {
    if (c.integer(2) == 0) return zero_step();
    return row_source_ptr(
        std::make_unique<integer_series>(c.integer(0), c.integer(1), c.integer(2)));
}

// pg_series(n): 1 to n.
result<row_source_ptr> count_to(const function_call& c) {
    return row_source_ptr(std::make_unique<integer_series>(1, c.integer(0), 1));
}

class numeric_series : public row_source {
public:
    numeric_series(types::numeric start, types::numeric stop, types::numeric step)
        : next_(std::move(start)), stop_(std::move(stop)), step_(std::move(step)) {}

    result<bool> next(std::vector<value>& row) override {
        const int order = compare(next_, stop_);
        if (step_.sign() > 0 ? order > 0 : order < 0) return false;
        row.assign(1, value(next_.to_string()));
        auto sum = add(next_, step_);
        if (!sum) return sum.error();
        next_ = std::move(*sum);
        return true;
    }

private:
    types::numeric next_, stop_, step_;
};

result<row_source_ptr> numerics(const function_call& c) {
    static constexpr const char* not_a_number[] = {
        "start value cannot be NaN", "stop value cannot be NaN", "step size cannot be NaN"};
    static constexpr const char* infinite[] = {"start value cannot be infinity",
                                               "stop value cannot be infinity",
                                               "step size cannot be infinity"};
    std::vector<types::numeric> bounds;
    for (int i = 0; i < 3; ++i) {
        auto v = numeric_argument(c, i);
        if (!v) return v.error();
        if (v->is_nan()) return invalid(not_a_number[i]);
        if (!v->is_finite()) return invalid(infinite[i]);
        bounds.push_back(std::move(*v));
    }
    if (bounds[2].is_zero()) return zero_step();
    return row_source_ptr(std::make_unique<numeric_series>(
        std::move(bounds[0]), std::move(bounds[1]), std::move(bounds[2])));
}

class time_series : public row_source {
public:
    // `zone`: set for timestamptz, whose steps are taken in local time.
    time_series(std::int64_t start, std::int64_t stop, types::interval step,
                std::optional<absl::TimeZone> zone)
        : next_(start),
          stop_(stop),
          step_(step),
          zone_(std::move(zone)),
          ascending_(compare(step, {}) > 0) {}

    result<bool> next(std::vector<value>& row) override {
        if (ascending_ ? next_ > stop_ : next_ < stop_) return false;
        auto text = zone_ ? timestamptz_value(next_) : timestamp_value(next_);
        if (!text) return text.error();
        row.assign(1, std::move(*text));
        const auto later = zone_ ? types::timestamptz_plus(next_, step_, *zone_)
                                 : types::timestamp_plus(next_, step_);
        if (!later) return later.error();
        next_ = *later;
        return true;
    }

private:
    std::int64_t next_, stop_;
    types::interval step_;
    std::optional<absl::TimeZone> zone_;
    bool ascending_;
};

template <result<std::int64_t> (*Argument)(const function_call&, int), bool Zoned>
result<row_source_ptr> times(const function_call& c) {
    const auto start = Argument(c, 0), stop = Argument(c, 1);
    if (!start) return start.error();
    if (!stop) return stop.error();
    const auto step = interval_argument(c, 2);
    if (!step) return step.error();
    if (compare(*step, {}) == 0) return zero_step();
    const auto zone = Zoned ? std::optional(c.io().time_zone) : std::nullopt;
    return row_source_ptr(std::make_unique<time_series>(*start, *stop, *step, zone));
}

// pg_generate_subscripts(array, dimension, reverse).
result<row_source_ptr> subscripts(const function_call& c) {
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    const auto d = c.integer(1);
    if (d < 1 || d > static_cast<std::int64_t>(array->dimensions.size())) return known_values({});
    const auto& dimension = array->dimensions[static_cast<std::size_t>(d - 1)];
    const std::int64_t low = dimension.lower_bound, high = low + dimension.length - 1;
    return row_source_ptr(c.boolean(2) ? std::make_unique<integer_series>(high, low, -1)
                                       : std::make_unique<integer_series>(low, high, 1));
}

// The elements of a pg_unnest's argument, whose type the next one tells.
result<std::vector<value>> elements(const function_call& c, int at) {
    std::vector<value> values;
    if (c.is_null(at)) return values;
    const auto array = types::parse_array(c.text(at));
    if (!array) return array.error();
    values.reserve(array->elements.size());
    for (const auto& e : array->elements) {
        if (!e) {
            values.emplace_back();
            continue;
        }
        auto v = types::element_value(c.type(at + 1), *e);
        if (!v) return v.error();
        values.push_back(std::move(*v));
    }
    return values;
}

// pg_unnest(array, element type).
result<row_source_ptr> unnest(const function_call& c) {
    auto values = elements(c, 0);
    if (!values) return values.error();
    return known_values(std::move(*values));
}

// pg_unnest_2(array, element type, array, element type), and so on.
result<row_source_ptr> unnest_several(const function_call& c) {
    std::vector<std::vector<value>> rows;
    const auto count = static_cast<std::size_t>(c.count()) / 2;
    for (std::size_t i = 0; i < count; ++i) {
        auto values = elements(c, static_cast<int>(i) * 2);
        if (!values) return values.error();
        if (rows.size() < values->size()) rows.resize(values->size(), std::vector<value>(count));
        for (std::size_t r = 0; r < values->size(); ++r) rows[r][i] = std::move((*values)[r]);
    }
    return known_rows(std::move(rows));
}

std::vector<const char*> value_columns(int count) {
    static constexpr std::array names = {"value1", "value2", "value3", "value4",
                                         "value5", "value6", "value7", "value8"};
    return {names.begin(), names.begin() + count};
}

}  // namespace

std::span<const table_function> series_functions() {
    static const std::vector<const char*> one = {"value"};
    static const table_function functions[] = {
        {"pg_series", 1, one, true, count_to},
        {"pg_series_int4", 3, one, true, integers},
        {"pg_series_int8", 3, one, true, integers},
        {"pg_series_numeric", 3, one, true, numerics},
        {"pg_series_timestamp", 3, one, true, times<timestamp_argument, false>},
        {"pg_series_timestamptz", 3, one, true, times<timestamptz_argument, true>},
        {"pg_generate_subscripts", 3, one, true, subscripts},
        {"pg_unnest", 2, one, true, unnest},
        {"pg_unnest_2", 4, value_columns(2), false, unnest_several},
        {"pg_unnest_3", 6, value_columns(3), false, unnest_several},
        {"pg_unnest_4", 8, value_columns(4), false, unnest_several},
        {"pg_unnest_5", 10, value_columns(5), false, unnest_several},
        {"pg_unnest_6", 12, value_columns(6), false, unnest_several},
        {"pg_unnest_7", 14, value_columns(7), false, unnest_several},
        {"pg_unnest_8", 16, value_columns(8), false, unnest_several},
    };
    return functions;
}

}  // namespace historyd::sqlite
