#include <algorithm>

#include "storage/sqlite/functions/families.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/compare.hpp"

// Elements looked for in arrays: @> &&, array_position(), array_remove(), width_bucket(), ...

namespace historyd::sqlite {
namespace {

using types::array_value;
using element = std::optional<std::string>;

// Compares elements as their type does (1.0 is 1.00), parsing the one looked for once.
class element_matcher {
public:
    static result<element_matcher> of(types::oid type, const value_view& wanted) {
        return element_matcher(type, to_value(wanted));
    }

    // Requires: the element is of the type. NULL is like NULL alone.
    result<bool> matches(const element& e) const {
        if (!e || is_null(wanted_)) return !e && is_null(wanted_);
        const auto v = types::element_value(type_, *e);
        if (!v) return v.error();
        return types::compare_values(type_, view_of(*v), view_of(wanted_)) == 0;
    }

private:
    element_matcher(types::oid type, value wanted) : type_(type), wanted_(std::move(wanted)) {}
    types::oid type_;
    value wanted_;
};

sql_error multidimensional(const char* action) {
    return {sqlstate::feature_not_supported,
            std::string(action) + " multidimensional arrays is not supported"};
}

// pg_array_position(array, v, element type [, start]).
result<value> position(const function_call& c) {
    if (c.is_null(0)) return value();
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    if (array->dimensions.size() > 1) return multidimensional("searching for elements in");
    if (array->dimensions.empty()) return value();
    const auto lower = array->dimensions[0].lower_bound;
    std::int64_t start = lower;
    if (c.count() > 3) {
        if (c.is_null(3)) {
            return sql_error(sqlstate::null_value_not_allowed, "initial position must not be null");
        }
        start = c.integer(3);
    }
    const auto matcher = element_matcher::of(c.type(2), c.view(1));
    if (!matcher) return matcher.error();
    for (std::size_t i = 0; i < array->elements.size(); ++i) {
        const auto at = lower + static_cast<std::int64_t>(i);
        if (at < start) continue;
        const auto found = matcher->matches(array->elements[i]);
        if (!found) return found.error();
        if (*found) return value(at);
    }
    return value();
}

// pg_array_positions(array, v, element type).
result<value> positions(const function_call& c) {
    if (c.is_null(0)) return value();
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    if (array->dimensions.size() > 1) return multidimensional("searching for elements in");
    const auto matcher = element_matcher::of(c.type(2), c.view(1));
    if (!matcher) return matcher.error();
    std::vector<element> found_at;
    for (std::size_t i = 0; i < array->elements.size(); ++i) {
        const auto found = matcher->matches(array->elements[i]);
        if (!found) return found.error();
        if (*found) {
            found_at.emplace_back(
                std::to_string(array->dimensions[0].lower_bound + static_cast<std::int64_t>(i)));
        }
    }
    return value(types::array_to_text(types::one_dimensional(std::move(found_at))));
}

// pg_array_remove(array, v, element type).
result<value> remove(const function_call& c) {
    if (c.is_null(0)) return value();
    auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    if (array->dimensions.size() > 1) return multidimensional("removing elements from");
    const auto matcher = element_matcher::of(c.type(2), c.view(1));
    if (!matcher) return matcher.error();
    std::vector<element> kept;
    for (auto& e : array->elements) {
        const auto found = matcher->matches(e);
        if (!found) return found.error();
        if (!*found) kept.push_back(std::move(e));
    }
    if (kept.size() == array->elements.size()) return c.copy(0);
    if (kept.empty()) return value(std::string("{}"));
    array->dimensions[0].length = static_cast<std::int32_t>(kept.size());
    array->elements = std::move(kept);
    return value(types::array_to_text(*array));
}

// pg_array_replace(array, v, replacement, element type).
result<value> replace(const function_call& c) {
    if (c.is_null(0)) return value();
    auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    const auto matcher = element_matcher::of(c.type(3), c.view(1));
    if (!matcher) return matcher.error();
    const auto replacement =
        c.is_null(2) ? element() : element(types::element_text(c.type(3), c.view(2)));
    for (auto& e : array->elements) {
        const auto found = matcher->matches(e);
        if (!found) return found.error();
        if (*found) e = replacement;
    }
    return value(types::array_to_text(*array));
}

// Whether any of `elements` equals e; NULL equals nothing here.
result<bool> holds(types::oid type, const std::vector<value>& elements, const value& e) {
    if (is_null(e)) return false;
    return std::any_of(elements.begin(), elements.end(), [&](const value& own) {
        return !is_null(own) && types::compare_values(type, view_of(own), view_of(e)) == 0;
    });
}

result<std::vector<value>> values_of(types::oid type, std::string_view literal) {
    const auto array = types::parse_array(literal);
    if (!array) return array.error();
    std::vector<value> out;
    for (const auto& e : array->elements) {
        if (!e) {
            out.emplace_back();
            continue;
        }
        auto v = types::element_value(type, *e);
        if (!v) return v.error();
        out.push_back(std::move(*v));
    }
    return out;
}

// pg_array_contains(a, b, element type): every element of b is in a. pg_array_overlap: some is.
template <bool All>
result<value> shared(const function_call& c) {
    const auto whole = values_of(c.type(2), c.text(0)), part = values_of(c.type(2), c.text(1));
    if (!whole) return whole.error();
    if (!part) return part.error();
    for (const auto& e : *part) {
        const auto found = holds(c.type(2), *whole, e);
        if (!found) return found.error();
        if (*found != All) return bool_value(!All);
    }
    return bool_value(All);
}

// pg_width_bucket_array(v, thresholds, element type): how many thresholds are not above v.
result<value> width_bucket(const function_call& c) {
    const auto parsed = types::parse_array(c.text(1));
    if (!parsed) return parsed.error();
    if (parsed->dimensions.size() > 1) {
        return sql_error(sqlstate::array_subscript_error,
                         "thresholds must be one-dimensional array");
    }
    const auto thresholds = values_of(c.type(2), c.text(1));
    if (!thresholds) return thresholds.error();
    for (const auto& t : *thresholds) {
        if (is_null(t)) {
            return sql_error(sqlstate::null_value_not_allowed,
                             "thresholds array must not contain NULLs");
        }
    }
    const auto above = std::upper_bound(
        thresholds->begin(), thresholds->end(), c.view(0), [&](const auto& v, const value& t) {
            return types::compare_values(c.type(2), v, view_of(t)) < 0;
        });
    return value(static_cast<std::int64_t>(above - thresholds->begin()));
}

}  // namespace

std::span<const scalar_function> array_search_functions() {
    static constexpr scalar_function functions[] = {
        nullable<position>("pg_array_position", 3),
        nullable<position>("pg_array_position", 4),
        nullable<positions>("pg_array_positions", 3),
        nullable<remove>("pg_array_remove", 3),
        nullable<replace>("pg_array_replace", 4),
        strict<shared<true>>("pg_array_contains", 3),
        strict<shared<false>>("pg_array_overlap", 3),
        strict<width_bucket>("pg_width_bucket_array", 3),
    };
    return functions;
}

}  // namespace historyd::sqlite
