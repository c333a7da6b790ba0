#include <cmath>
#include <limits>

#include "storage/types/cast_families.hpp"
#include "storage/types/numeric.hpp"
#include "storage/types/reg_text.hpp"
#include "storage/types/type_errors.hpp"

namespace historyd::types {

namespace {

bool is_integer(oid t) { return t == type_oid::int2 || t == type_oid::int4 || t == type_oid::int8; }
bool is_float(oid t) { return t == type_oid::float4 || t == type_oid::float8; }
bool is_number(oid t) { return is_integer(t) || is_float(t) || t == type_oid::numeric; }
bool is_identifier(oid t) { return t == type_oid::oid_ || is_reg_type(t); }

struct bounds {
    std::int64_t min, max;
};
bounds bounds_of(oid type) {
    switch (type) {
        case type_oid::int2:
            return {INT16_MIN, INT16_MAX};
        case type_oid::int4:
            return {INT32_MIN, INT32_MAX};
        default:
            return {INT64_MIN, INT64_MAX};
    }
}

result<value> integer_in_bounds(oid to, std::int64_t v) {
    const auto [min, max] = bounds_of(to);
    if (v < min || v > max) return number_out_of_range(to);
    return value(v);
}

result<value> to_float4(double v) {
    const auto narrow = static_cast<float>(v);
    const auto out_of_range = [](std::string_view how) {
        return sql_error(sqlstate::numeric_value_out_of_range,
                         "value out of range: " + std::string(how));
    };
    if (std::isinf(narrow) && !std::isinf(v)) return out_of_range("overflow");
    if (narrow == 0 && v != 0) return out_of_range("underflow");
    return value(static_cast<double>(narrow));
}

result<value> from_integer(oid to, std::int64_t v) {
    if (is_integer(to)) return integer_in_bounds(to, v);
    if (to == type_oid::float8) return value(static_cast<double>(v));
    if (to == type_oid::float4) return value(static_cast<double>(static_cast<float>(v)));
    return value(std::to_string(v));
}

result<value> from_float(oid from, oid to, double v) {
    if (to == type_oid::float8) return value(v);
    if (to == type_oid::float4) return to_float4(v);
    if (to == type_oid::numeric) {
        const auto n = from == type_oid::float4 ? numeric::from_float4(static_cast<float>(v))
                                                : numeric::from_float8(v);
        return value(n.to_string());
    }
    const double rounded = std::rint(v);  // to even, as PostgreSQL's C does
    if (!(rounded >= -0x1p63 && rounded < 0x1p63)) return number_out_of_range(to);
    return integer_in_bounds(to, static_cast<std::int64_t>(rounded));
}

template <class T>
result<value> converted(result<T>&& r) {
    if (!r) return std::move(r).error();
    if constexpr (std::is_integral_v<T>) {
        return value(static_cast<std::int64_t>(*r));
    } else {
        if (std::isnan(*r)) return value(std::string("NaN"));
        return value(static_cast<double>(*r));
    }
}

result<value> from_numeric(oid to, std::string_view text) {
    const auto n = numeric::from_storage(text);
    if (!n) return not_storage_form(type_oid::numeric);
    switch (to) {
        case type_oid::int2:
            return converted(n->to_int2());
        case type_oid::int4:
            return converted(n->to_int4());
        case type_oid::int8:
            return converted(n->to_int8());
        case type_oid::float4:
            return converted(n->to_float4());
        default:
            return converted(n->to_float8());
    }
}

result<value> between_numbers(oid from, oid to, const value& v) {
    if (const auto* integer = std::get_if<std::int64_t>(&v)) return from_integer(to, *integer);
    if (const auto* real = std::get_if<double>(&v)) return from_float(from, to, *real);
    const auto* text = std::get_if<std::string>(&v);
    if (text == nullptr) return not_storage_form(from);
    if (from == type_oid::numeric) return from_numeric(to, *text);
    // The only text a float is stored as is NaN.
    if (is_integer(to)) return number_out_of_range(to);
    return v;
}

// An OID is unsigned, the integers it is cast from and to are not.
result<value> to_identifier(oid from, std::int64_t v) {
    if (from != type_oid::int8) return value(v & 0xFFFFFFFF);
    if (v < 0 || v > 0xFFFFFFFF) {
        return sql_error(sqlstate::numeric_value_out_of_range, "OID out of range");
    }
    return value(v);
}

result<value> to_character(std::int64_t v) {
    if (v < -128 || v > 127) {
        return sql_error(sqlstate::numeric_value_out_of_range, "\"char\" out of range");
    }
    // Bytes beyond ASCII have no UTF-8 text of their own; 0 is the empty text.
    return value(v > 0 ? std::string(1, static_cast<char>(v)) : std::string());
}

}  // namespace

std::optional<result<value>> cast_number(oid from, oid to, const value& v) {
    if (is_number(from) && is_number(to)) return between_numbers(from, to, v);
    const auto* integer = std::get_if<std::int64_t>(&v);
    if (from == type_oid::char_ && to == type_oid::int4) {
        const auto* text = std::get_if<std::string>(&v);
        if (text == nullptr) return not_storage_form(from);
        return value(std::int64_t{text->empty() ? 0 : static_cast<signed char>(text->front())});
    }
    if (integer == nullptr) return std::nullopt;
    if (from == type_oid::int4 && to == type_oid::char_) return to_character(*integer);
    if (from == type_oid::bool_ && to == type_oid::int4) return value(*integer);
    if (from == type_oid::int4 && to == type_oid::bool_) {
        return value(std::int64_t{*integer != 0 ? 1 : 0});
    }
    if (is_identifier(to) && (is_integer(from) || is_identifier(from))) {
        return to_identifier(from, *integer);
    }
    if (is_identifier(from) && to == type_oid::int8) return value(*integer);
    if (is_identifier(from) && to == type_oid::int4) {
        return value(std::int64_t{static_cast<std::int32_t>(*integer)});
    }
    return std::nullopt;
}

}  // namespace historyd::types
