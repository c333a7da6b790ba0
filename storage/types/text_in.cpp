#include "storage/types/type_io.hpp"

#include <cmath>

#include "storage/types/array_text.hpp"
#include "storage/types/datetime_parse.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/json_text.hpp"
#include "storage/types/numeric.hpp"
#include "storage/types/numeric_text.hpp"
#include "storage/types/reg_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/type_errors.hpp"
#include "storage/types/utf8.hpp"
#include "storage/types/vector_text.hpp"

namespace historyd::types {

namespace {

// Turns a result into the value that stands for it, by `convert`.
template <class T, class Convert>
result<value> mapped(result<T>&& r, Convert convert) {
    if (!r) return std::move(r).error();
    return value(convert(std::move(*r)));
}

result<value> as_value(result<std::int64_t>&& r) {
    if (!r) return std::move(r).error();
    return value(*r);
}
result<value> as_value(result<std::string>&& r) {
    if (!r) return std::move(r).error();
    return value(std::move(*r));
}

result<value> text_value(std::string_view text) {
    if (auto r = check_utf8(text); !r) return r.error();
    return value(std::string(text));
}

// The type "char": one byte, of which PostgreSQL's other bytes than ASCII have no text form here.
result<value> one_char(std::string_view text) {
    if (auto r = check_utf8(text); !r) return r.error();
    return value(std::string(text.substr(0, prefix_bytes(text, 1))));
}

value float_value(double v) {
    if (std::isnan(v)) return value(std::string("NaN"));
    return value(v);
}

result<value> numeric_in(std::string_view text, std::int32_t typmod) {
    if (typmod < 0) return as_value(canonical_numeric(text));
    auto n = numeric::parse(text);
    if (!n) return n.error();
    return mapped(apply_numeric_typmod(std::move(*n), typmod),
                  [](const numeric& v) { return v.to_string(); });
}

result<value> json_in(std::string_view text) {
    if (auto r = check_utf8(text); !r) return r.error();
    if (auto r = check_json(text); !r) return r.error();
    return value(std::string(text));
}

result<value> jsonb_in(std::string_view text) {
    if (auto r = check_utf8(text); !r) return r.error();
    return as_value(normalise_jsonb(text));
}

result<value> bytea_in(std::string_view text) {
    return mapped(parse_bytea(text), [](std::string&& bytes) { return blob{std::move(bytes)}; });
}

sql_error not_an_input_type(oid type) {
    return {sqlstate::feature_not_supported, "cannot accept a value of type " + display_name(type)};
}

}  // namespace

result<value> text_in(type_ref type, std::string_view text, const io_settings& settings) {
    switch (type.id) {
        case type_oid::text:
        case type_oid::unknown:
        case type_oid::cstring:
        case type_oid::xml:
            return text_value(text);
        case type_oid::varchar:
        case type_oid::bpchar:
        case type_oid::name: {
            auto v = text_value(text);
            if (!v) return v;
            return apply_typmod(type, std::move(*v), false);
        }
        case type_oid::char_:
            return one_char(text);
        case type_oid::int4:
            return as_value(parse_int4(text));
        case type_oid::int8:
            return as_value(parse_int8(text));
        case type_oid::int2:
            return as_value(parse_int2(text));
        case type_oid::oid_:
        case type_oid::xid:
        case type_oid::cid:
            return as_value(parse_oid(text));
        case type_oid::bool_:
            return mapped(parse_bool(text), [](bool b) { return std::int64_t{b ? 1 : 0}; });
        case type_oid::timestamptz:
            return mapped(parse_timestamptz(text, settings, type.typmod), timestamptz_to_storage);
        case type_oid::timestamp:
            return mapped(parse_timestamp(text, settings, type.typmod), timestamp_to_storage);
        case type_oid::date:
            return mapped(parse_date(text, settings), date_to_storage);
        case type_oid::time:
            return mapped(parse_time(text, settings, type.typmod), time_to_storage);
        case type_oid::timetz:
            return mapped(parse_timetz(text, settings, type.typmod), timetz_to_storage);
        case type_oid::interval:
            return mapped(parse_interval(text, settings.intervals, type.typmod),
                          interval_to_storage);
        case type_oid::uuid:
            return as_value(parse_uuid(text));
        case type_oid::inet:
            return mapped(parse_inet(text), inet_to_storage);
        case type_oid::cidr:
            return mapped(parse_cidr(text), cidr_to_storage);
        case type_oid::float8:
            return mapped(parse_float8(text), float_value);
        case type_oid::float4:
            return mapped(parse_float4(text), [](float v) { return float_value(v); });
        case type_oid::numeric:
            return numeric_in(text, type.typmod);
        case type_oid::bytea:
            return bytea_in(text);
        case type_oid::json:
            return json_in(text);
        case type_oid::jsonb:
            return jsonb_in(text);
        case type_oid::int2vector:
        case type_oid::oidvector:
            return as_value(vector_in(type.id, text));
        default:
            break;
    }
    if (is_reg_type(type.id)) return as_value(reg_in(type.id, text, settings));
    const auto* info = find_type(type.id);
    if (info == nullptr || info->category == 'P') return not_an_input_type(type.id);
    if (info->element != 0) {
        if (auto r = check_utf8(text); !r) return r.error();
        return as_value(array_in({info->element, type.typmod}, text, settings));
    }
    return text_value(text);
}

}  // namespace historyd::types
