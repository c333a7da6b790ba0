#include <bit>
#include <cmath>

#include "proxy/protocol/binary_array.hpp"
#include "proxy/protocol/binary_format.hpp"
#include "proxy/protocol/binary_layout.hpp"
#include "proxy/protocol/binary_numeric.hpp"
#include "proxy/protocol/wire_reader.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/json_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::protocol {

namespace type_oid = types::type_oid;

namespace {

sql_error wrong_format() {
    return {sqlstate::invalid_binary_representation, "incorrect binary data format"};
}

sql_error datetime_overflow(std::string_view what) {
    return {sqlstate::datetime_field_overflow, std::string(what) + " out of range"};
}

result<value> text_from_wire(types::oid type, std::string_view bytes) {
    if (auto r = types::check_utf8(bytes); !r) return r.error();
    if (type == type_oid::json) {
        if (auto r = types::check_json(bytes); !r) return r.error();
    }
    return types::apply_typmod({type, -1}, std::string(bytes), false);
}

value float_from_wire(double v) {
    if (std::isnan(v)) return std::string("NaN");
    return v;
}

result<value> timestamp_from_wire(types::oid type, std::int64_t wire) {
    std::int64_t us = wire;
    if (!types::is_infinite_us(wire)) {
        if (__builtin_add_overflow(wire, wire_epoch_us, &us) || !types::in_range_us(us)) {
            return datetime_overflow("timestamp");
        }
    }
    return value(type == type_oid::timestamp ? types::timestamp_to_storage(us)
                                             : types::timestamptz_to_storage(us));
}

result<value> date_from_wire(std::int32_t wire) {
    if (types::is_infinite_day(wire)) return value(types::date_to_storage(wire));
    const std::int64_t day = std::int64_t{wire} + wire_epoch_day;
    if (!types::in_range_day(day)) return datetime_overflow("date");
    return value(types::date_to_storage(static_cast<std::int32_t>(day)));
}

result<value> time_from_wire(std::int64_t us) {
    if (us < 0 || us > types::us_per_day) return datetime_overflow("time");
    return value(types::time_to_storage(us));
}

result<value> timetz_from_wire(std::int64_t us, std::int32_t west_seconds) {
    if (us < 0 || us > types::us_per_day) return datetime_overflow("time");
    constexpr std::int32_t displacement_limit = 16 * 3600;
    if (west_seconds <= -displacement_limit || west_seconds >= displacement_limit) {
        return sql_error(sqlstate::invalid_time_zone_displacement_value,
                         "time zone displacement out of range");
    }
    return value(types::timetz_to_storage({us, -west_seconds}));
}

result<value> jsonb_from_wire(std::string_view bytes) {
    if (bytes.empty()) return wrong_format();
    if (bytes.front() != jsonb_version) {
        return sql_error(sqlstate::invalid_binary_representation,
                         "unsupported jsonb version number " +
                             std::to_string(static_cast<unsigned char>(bytes.front())));
    }
    bytes.remove_prefix(1);
    if (auto r = types::check_utf8(bytes); !r) return r.error();
    auto normal = types::normalise_jsonb(bytes);
    if (!normal) return normal.error();
    return value(std::move(*normal));
}

// Types of a fixed size: the reader tells afterwards whether the size was right.
result<value> fixed_from_wire(types::oid type, wire_reader& r) {
    switch (type) {
        case type_oid::bool_:
            return value(std::int64_t{r.u8() != 0 ? 1 : 0});
        case type_oid::int2:
            return value(std::int64_t{r.i16()});
        case type_oid::int4:
            return value(std::int64_t{r.i32()});
        case type_oid::int8:
            return value(r.i64());
        case type_oid::float4:
            return float_from_wire(static_cast<double>(std::bit_cast<float>(r.u32())));
        case type_oid::float8:
            return float_from_wire(std::bit_cast<double>(r.i64()));
        case type_oid::timestamp:
        case type_oid::timestamptz:
            return timestamp_from_wire(type, r.i64());
        case type_oid::date:
            return date_from_wire(r.i32());
        case type_oid::time:
            return time_from_wire(r.i64());
        case type_oid::timetz: {
            const std::int64_t us = r.i64();
            return timetz_from_wire(us, r.i32());
        }
        case type_oid::interval: {
            types::interval v;
            v.us = r.i64();
            v.days = r.i32();
            v.months = r.i32();
            return value(types::interval_to_storage(v));
        }
        default:
            return value(std::int64_t{r.u32()});  // oid and its like
    }
}

}  // namespace

result<value> binary_in(types::oid type, std::string_view bytes) {
    if (is_text_on_wire(type)) return text_from_wire(type, bytes);
    if (const std::size_t size = wire_size(type); size != 0) {
        if (bytes.size() != size) return wrong_format();
        wire_reader r(bytes);
        return fixed_from_wire(type, r);
    }
    switch (type) {
        case type_oid::bytea:
            return value(blob{std::string(bytes)});
        case type_oid::uuid: {
            if (bytes.size() != 16) return wrong_format();
            std::string text;
            types::append_uuid_text(bytes, text);
            return value(std::move(text));
        }
        case type_oid::inet:
        case type_oid::cidr: {
            const auto v = types::inet_from_bytes(bytes);
            if (!v || (type == type_oid::cidr && !v->is_network())) return wrong_format();
            return value(type == type_oid::cidr ? types::cidr_to_storage(*v)
                                                : types::inet_to_storage(*v));
        }
        case type_oid::char_:
            if (bytes.size() != 1) return wrong_format();
            if (bytes.front() == '\0') return value(std::string());
            return text_from_wire(type, bytes);
        case type_oid::jsonb:
            return jsonb_from_wire(bytes);
        case type_oid::numeric: {
            auto text = decode_numeric(bytes);
            if (!text) return text.error();
            return value(std::move(*text));
        }
        default:
            break;
    }
    const auto* info = types::find_type(type);
    if (info == nullptr || info->element == 0) return no_binary_form(type, "input");
    auto literal = decode_array(info->element, bytes);
    if (!literal) return literal.error();
    return value(std::move(*literal));
}

}  // namespace historyd::protocol
