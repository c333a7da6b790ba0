#include "storage/sqlite/functions/families.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/compare.hpp"

// Arrays put together and turned into text.

namespace historyd::sqlite {
namespace {

using types::array_value;

sql_error not_one_dimensional() {
    return {"22000", "argument must be empty or one-dimensional array"};
}

std::optional<std::string> element_argument(const function_call& c, int i, types::oid type) {
    if (c.is_null(i)) return std::nullopt;
    return types::element_text(type, c.view(i));
}

// An array to add one element to; NULL counts as empty.
result<array_value> flat_argument(const function_call& c, int i) {
    if (c.is_null(i)) return array_value();
    auto array = types::parse_array(c.text(i));
    if (array && array->dimensions.size() > 1) return not_one_dimensional();
    return array;
}

// pg_array_append(array, v, element type).
result<value> append(const function_call& c) {
    auto array = flat_argument(c, 0);
    if (!array) return array.error();
    if (array->dimensions.empty()) array->dimensions.emplace_back();
    array->elements.push_back(element_argument(c, 1, c.type(2)));
    ++array->dimensions[0].length;
    return value(types::array_to_text(*array));
}

// pg_array_prepend(v, array, element type).
result<value> prepend(const function_call& c) {
    auto array = flat_argument(c, 1);
    if (!array) return array.error();
    if (array->dimensions.empty()) array->dimensions.emplace_back();
    array->elements.insert(array->elements.begin(), element_argument(c, 0, c.type(2)));
    ++array->dimensions[0].length;
    return value(types::array_to_text(*array));
}

sql_error incompatible(std::string detail) {
    return sql_error(sqlstate::array_subscript_error, "cannot concatenate incompatible arrays")
        .with_detail(std::move(detail));
}

bool same_lengths(std::span<const types::array_dimension> a,
                  std::span<const types::array_dimension> b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].length != b[i].length) return false;
    }
    return true;
}

// Dimensions of a || b: along the first one, or an array added to an array of arrays.
result<std::vector<types::array_dimension>> joined_dimensions(const array_value& a,
                                                              const array_value& b) {
    const std::span da(a.dimensions), db(b.dimensions);
    constexpr const char* different =
        "Arrays with differing element dimensions are not compatible for concatenation.";
    if (da.size() == db.size()) {
        if (!same_lengths(da.subspan(1), db.subspan(1))) return incompatible(different);
        auto out = a.dimensions;
        out[0].length += db[0].length;
        return out;
    }
    const bool a_is_outer = da.size() == db.size() + 1;
    if (!a_is_outer && db.size() != da.size() + 1) {
        return incompatible("Arrays of " + std::to_string(da.size()) + " and " +
                            std::to_string(db.size()) +
                            " dimensions are not compatible for concatenation.");
    }
    if (!(a_is_outer ? same_lengths(da.subspan(1), db) : same_lengths(da, db.subspan(1)))) {
        return incompatible(different);
    }
    auto out = a_is_outer ? a.dimensions : b.dimensions;
    ++out[0].length;
    return out;
}

result<value> concat(const function_call& c) {
    if (c.is_null(0)) return c.copy(1);
    if (c.is_null(1)) return c.copy(0);
    auto a = types::parse_array(c.text(0)), b = types::parse_array(c.text(1));
    if (!a) return a.error();
    if (!b) return b.error();
    if (a->dimensions.empty()) return c.copy(1);
    if (b->dimensions.empty()) return c.copy(0);
    auto dimensions = joined_dimensions(*a, *b);
    if (!dimensions) return dimensions.error();
    a->dimensions = std::move(*dimensions);
    for (auto& e : b->elements) a->elements.push_back(std::move(e));
    return value(types::array_to_text(*a));
}

// pg_array_to_string(array, element type, delimiter [, text for NULL]).
result<value> to_string(const function_call& c) {
    if (c.is_null(0) || c.is_null(2)) return value();
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    const bool show_nulls = c.count() > 3 && !c.is_null(3);
    std::string out;
    bool some = false;
    for (const auto& e : array->elements) {
        if (!e && !show_nulls) continue;
        if (some) out += c.text(2);
        some = true;
        if (!e) {
            out += c.text(3);
            continue;
        }
        const auto v = types::element_value(c.type(1), *e);
        if (!v) return v.error();
        if (auto ok = types::text_out({.id = c.type(1)}, view_of(*v), c.io(), out); !ok) {
            return ok.error();
        }
    }
    return value(std::move(out));
}

}  // namespace

std::span<const scalar_function> array_functions() {
    static constexpr scalar_function functions[] = {
        nullable<append>("pg_array_append", 3),       nullable<prepend>("pg_array_prepend", 3),
        nullable<concat>("pg_array_cat", 2),          nullable<to_string>("pg_array_to_string", 3),
        nullable<to_string>("pg_array_to_string", 4),
    };
    return functions;
}

}  // namespace historyd::sqlite
