#include <algorithm>

#include "storage/sqlite/functions/families.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/scalar_text.hpp"

// Bounds of arrays, subscripts and slices, and arrays made from scratch.

namespace historyd::sqlite {
namespace {

using types::array_dimension;
using types::array_value;

// A property of one dimension, counted from 1.
template <std::int64_t (*Measure)(const array_dimension&)>
result<value> of_dimension(const function_call& c) {
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    const auto d = c.integer(1);
    if (d < 1 || d > static_cast<std::int64_t>(array->dimensions.size())) return value();
    return value(Measure(array->dimensions[static_cast<std::size_t>(d - 1)]));
}

std::int64_t length(const array_dimension& d) { return d.length; }
std::int64_t lower(const array_dimension& d) { return d.lower_bound; }
std::int64_t upper(const array_dimension& d) { return std::int64_t{d.lower_bound} + d.length - 1; }

result<value> dimension_count(const function_call& c) {
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    if (array->dimensions.empty()) return value();
    return value(static_cast<std::int64_t>(array->dimensions.size()));
}

result<value> dimensions(const function_call& c) {
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    if (array->dimensions.empty()) return value();
    std::string out;
    for (const auto& d : array->dimensions) {
        out += '[' + std::to_string(lower(d)) + ':' + std::to_string(upper(d)) + ']';
    }
    return value(std::move(out));
}

result<value> cardinality(const function_call& c) {
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    return value(static_cast<std::int64_t>(array->elements.size()));
}

// pg_array_get(element type, array, subscript, ...): NULL outside the bounds.
result<value> subscript(const function_call& c) {
    const auto array = types::parse_array(c.text(1));
    if (!array) return array.error();
    if (static_cast<std::size_t>(c.count() - 2) != array->dimensions.size()) return value();
    std::size_t at = 0;
    for (std::size_t d = 0; d < array->dimensions.size(); ++d) {
        const auto& dimension = array->dimensions[d];
        const auto i = c.integer(static_cast<int>(d) + 2) - dimension.lower_bound;
        if (i < 0 || i >= dimension.length) return value();
        at = at * static_cast<std::size_t>(dimension.length) + static_cast<std::size_t>(i);
    }
    const auto& element = array->elements[at];
    if (!element) return value();
    return types::element_value(c.type(0), *element);
}

// What a slice keeps of one dimension: elements first .. last, counted from 0.
struct kept_range {
    std::int64_t first = 0, last = -1;
    std::int64_t count() const { return std::max<std::int64_t>(last - first + 1, 0); }
};

// A bound that was left out is the text 'end'.
std::int64_t bound_or(const function_call& c, int i, std::int64_t if_left_out) {
    return c.text(i) == "end" ? if_left_out : c.integer(i);
}

void copy_slice(const array_value& from, const std::vector<kept_range>& ranges, std::size_t d,
                std::size_t offset, array_value& to) {
    if (d == ranges.size()) {
        to.elements.push_back(from.elements[offset]);
        return;
    }
    const auto length = static_cast<std::size_t>(from.dimensions[d].length);
    for (auto i = ranges[d].first; i <= ranges[d].last; ++i) {
        copy_slice(from, ranges, d + 1, offset * length + static_cast<std::size_t>(i), to);
    }
}

// pg_array_slice(element type, array, lower, upper, ...); dimensions not named are kept whole.
result<value> slice(const function_call& c) {
    auto array = types::parse_array(c.text(1));
    if (!array) return array.error();
    const auto given = static_cast<std::size_t>(c.count() - 2) / 2;
    if (given > array->dimensions.size()) return value(std::string("{}"));
    array_value out;
    std::vector<kept_range> ranges;
    for (std::size_t d = 0; d < array->dimensions.size(); ++d) {
        const auto& dimension = array->dimensions[d];
        kept_range range{0, dimension.length - 1};
        if (d < given) {
            const int argument = 2 + 2 * static_cast<int>(d);
            const auto low = bound_or(c, argument, lower(dimension)),
                       high = bound_or(c, argument + 1, upper(dimension));
            range.first = std::max(low - dimension.lower_bound, std::int64_t{0});
            range.last = std::min(high - dimension.lower_bound, range.last);
        }
        if (range.count() == 0) return value(std::string("{}"));
        ranges.push_back(range);
        out.dimensions.push_back({.length = static_cast<std::int32_t>(range.count())});
    }
    copy_slice(*array, ranges, 0, 0, out);
    return value(types::array_to_text(out));
}

sql_error subscript_error(const char* message, const char* detail = "") {
    return sql_error(sqlstate::array_subscript_error, message).with_detail(detail);
}

// The integers of an int4[] argument that gives sizes or bounds.
result<std::vector<std::int64_t>> sizes(const function_call& c, int i, const char* detail) {
    const auto array = types::parse_array(c.text(i));
    if (!array) return array.error();
    if (array->dimensions.size() > 1)
        return subscript_error("wrong number of array subscripts", detail);
    std::vector<std::int64_t> out;
    for (const auto& e : array->elements) {
        if (!e) {
            return sql_error(sqlstate::null_value_not_allowed, "dimension values cannot be null");
        }
        const auto n = types::parse_int4(*e);
        if (!n) return n.error();
        out.push_back(*n);
    }
    return out;
}

// pg_array_fill(type, v, sizes [, lower bounds]).
result<value> fill(const function_call& c) {
    if (c.is_null(2) || (c.count() > 3 && c.is_null(3))) {
        return sql_error(sqlstate::null_value_not_allowed,
                         "dimension array or low bound array cannot be null");
    }
    const auto lengths = sizes(c, 2, "Dimension array must be one dimensional.");
    if (!lengths) return lengths.error();
    std::vector<std::int64_t> bounds(lengths->size(), 1);
    if (c.count() > 3) {
        auto given = sizes(c, 3, "Low bound array must be one dimensional.");
        if (!given) return given.error();
        if (given->size() != lengths->size()) {
            return subscript_error("wrong number of array subscripts",
                                   "Low bound array has different size than dimensions array.");
        }
        bounds = std::move(*given);
    }
    array_value out;
    std::int64_t total = lengths->empty() ? 0 : 1;
    for (std::size_t d = 0; d < lengths->size(); ++d) {
        const auto n = (*lengths)[d];
        if (n < 0 || d >= types::array_dimensions_max || __builtin_mul_overflow(total, n, &total) ||
            total > static_cast<std::int64_t>(types::array_elements_max)) {
            return sql_error(sqlstate::program_limit_exceeded,
                             "array size exceeds the maximum allowed (134217727)");
        }
        out.dimensions.push_back(
            {static_cast<std::int32_t>(n), static_cast<std::int32_t>(bounds[d])});
    }
    if (total == 0) return value(std::string("{}"));
    const auto element =
        c.is_null(1) ? std::optional<std::string>() : types::element_text(c.type(0), c.view(1));
    out.elements.assign(static_cast<std::size_t>(total), element);
    return value(types::array_to_text(out));
}

// pg_array_of(element type, v, ...): ARRAY[...] of scalars.
result<value> of_scalars(const function_call& c) {
    std::vector<std::optional<std::string>> elements;
    for (int i = 1; i < c.count(); ++i) {
        elements.push_back(c.is_null(i) ? std::optional<std::string>()
                                        : types::element_text(c.type(0), c.view(i)));
    }
    return value(types::array_to_text(types::one_dimensional(std::move(elements))));
}

// pg_array_of_arrays(element type, array, ...): one more dimension.
result<value> of_arrays(const function_call& c) {
    array_value out;
    out.dimensions.push_back({.length = c.count() - 1});
    std::optional<std::vector<array_dimension>> inner;
    for (int i = 1; i < c.count(); ++i) {
        array_value part;
        if (!c.is_null(i)) {
            auto parsed = types::parse_array(c.text(i));
            if (!parsed) return parsed.error();
            part = std::move(*parsed);
        }
        if (inner && *inner != part.dimensions) {
            return subscript_error(
                "multidimensional arrays must have array expressions with matching dimensions");
        }
        inner = part.dimensions;
        for (auto& e : part.elements) out.elements.push_back(std::move(e));
    }
    if (!inner || inner->empty()) return value(std::string("{}"));
    out.dimensions.insert(out.dimensions.end(), inner->begin(), inner->end());
    return value(types::array_to_text(out));
}

result<value> trim(const function_call& c) {
    auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    const auto have = array->dimensions.empty() ? 0 : array->dimensions[0].length;
    const auto trimmed = c.integer(1);
    if (trimmed < 0 || trimmed > have) {
        return sql_error(
            sqlstate::array_subscript_error,
            "number of elements to trim must be between 0 and " + std::to_string(have));
    }
    if (trimmed == have) return value(std::string("{}"));
    const auto per_item = array->elements.size() / static_cast<std::size_t>(have);
    array->dimensions[0].length = static_cast<std::int32_t>(have - trimmed);
    array->elements.resize(per_item * static_cast<std::size_t>(have - trimmed));
    for (auto& d : array->dimensions) d.lower_bound = 1;
    return value(types::array_to_text(*array));
}

}  // namespace

std::span<const scalar_function> array_shape_functions() {
    static constexpr scalar_function functions[] = {
        strict<of_dimension<length>>("pg_array_length", 2),
        strict<of_dimension<upper>>("pg_array_upper", 2),
        strict<of_dimension<lower>>("pg_array_lower", 2),
        strict<dimension_count>("pg_array_ndims", 1),
        strict<dimensions>("pg_array_dims", 1),
        strict<cardinality>("pg_cardinality", 1),
        strict<subscript>("pg_array_get", -1),
        strict<slice>("pg_array_slice", -1),
        nullable<fill>("pg_array_fill", 3),
        nullable<fill>("pg_array_fill", 4),
        nullable<of_scalars>("pg_array_of", -1),
        nullable<of_arrays>("pg_array_of_arrays", -1),
        strict<trim>("pg_trim_array", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
