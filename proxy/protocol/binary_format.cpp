#include "proxy/protocol/binary_format.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "proxy/protocol/binary_array.hpp"
#include "proxy/protocol/binary_numeric.hpp"
#include "proxy/protocol/byte_order.hpp"
#include "proxy/protocol/wire_reader.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/json_text.hpp"
#include "storage/types/reg_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/type_errors.hpp"
#include "storage/types/utf8.hpp"
#include "storage/types/vector_text.hpp"

namespace historyd::protocol {

namespace {

namespace type_oid = types::type_oid;

// PostgreSQL counts dates and timestamps from 2000-01-01.
constexpr std::int32_t epoch_day = 10'957;
constexpr std::int64_t epoch_us = epoch_day * types::us_per_day;
constexpr char jsonb_version = 1;

sql_error wrong_format() {
    return {sqlstate::invalid_binary_representation, "incorrect binary data format"};
}

sql_error no_binary_form(types::oid type, std::string_view direction) {
    return {sqlstate::feature_not_supported, "no binary " + std::string(direction) +
                                                 " function available for type " +
                                                 types::display_name(type)};
}

sql_error datetime_overflow(std::string_view what) {
    return {sqlstate::datetime_field_overflow, std::string(what) + " out of range"};
}

// --- in ---

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
        if (__builtin_add_overflow(wire, epoch_us, &us) || !types::in_range_us(us)) {
            return datetime_overflow("timestamp");
        }
    }
    return value(type == type_oid::timestamp ? types::timestamp_to_storage(us)
                                             : types::timestamptz_to_storage(us));
}

result<value> date_from_wire(std::int32_t wire) {
    if (types::is_infinite_day(wire)) return value(types::date_to_storage(wire));
    const std::int64_t day = std::int64_t{wire} + epoch_day;
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

// Bytes of a fixed-size type. Returns: 0 for a type of any length.
std::size_t wire_size(types::oid type) {
    switch (type) {
        case type_oid::bool_:
            return 1;
        case type_oid::int2:
            return 2;
        case type_oid::int4:
        case type_oid::float4:
        case type_oid::date:
        case type_oid::oid_:
        case type_oid::xid:
        case type_oid::cid:
            return 4;
        case type_oid::int8:
        case type_oid::float8:
        case type_oid::timestamp:
        case type_oid::timestamptz:
        case type_oid::time:
            return 8;
        case type_oid::timetz:
            return 12;
        case type_oid::interval:
            return 16;
        default:
            return types::is_reg_type(type) ? 4 : 0;
    }
}

bool is_text_on_wire(types::oid type) {
    switch (type) {
        case type_oid::text:
        case type_oid::varchar:
        case type_oid::bpchar:
        case type_oid::name:
        case type_oid::unknown:
        case type_oid::cstring:
        case type_oid::json:
        case type_oid::xml:
            return true;
        default:
            return false;
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

namespace {

// --- out ---

// Encodes a value that is in storage form. Returns: false when it turns out not to be.
class binary_writer {
public:
    binary_writer(types::oid type, std::string& out) : type_(type), out_(out) {}

    result<bool> operator()(std::monostate) const { return false; }

    result<bool> operator()(std::int64_t v) const {
        switch (type_) {
            case type_oid::bool_:
                out_ += v != 0 ? '\1' : '\0';
                return true;
            case type_oid::int2:
                return narrow<std::int16_t>(v);
            case type_oid::int4:
                return narrow<std::int32_t>(v);
            case type_oid::int8:
                put_int64(v, out_);
                return true;
            case type_oid::oid_:
            case type_oid::xid:
            case type_oid::cid:
                return narrow<std::uint32_t>(v);
            default:
                return types::is_reg_type(type_) ? narrow<std::uint32_t>(v) : false;
        }
    }

    result<bool> operator()(double v) const {
        if (type_ == type_oid::float8) {
            put_int64(std::bit_cast<std::int64_t>(v), out_);
        } else if (type_ == type_oid::float4) {
            put_int32(std::bit_cast<std::int32_t>(static_cast<float>(v)), out_);
        } else {
            return false;
        }
        return true;
    }

    result<bool> operator()(blob_view v) const {
        if (type_ != type_oid::bytea) return false;
        out_ += v.bytes;
        return true;
    }

    result<bool> operator()(std::string_view v) const {
        if (is_text_on_wire(type_)) {
            out_ += v;
            return true;
        }
        switch (type_) {
            case type_oid::char_:
                out_ += v.empty() ? '\0' : v.front();
                return true;
            case type_oid::jsonb:
                out_ += jsonb_version;
                out_ += v;
                return true;
            case type_oid::numeric:
                encode_numeric(v, out_);
                return true;
            case type_oid::uuid:
                if (!types::is_canonical_uuid(v)) return false;
                types::append_uuid_bytes(v, out_);
                return true;
            case type_oid::timestamp:
                return put_timestamp(types::timestamp_from_storage(v));
            case type_oid::timestamptz:
                return put_timestamp(types::timestamptz_from_storage(v));
            case type_oid::date:
                return put_date(types::date_from_storage(v));
            case type_oid::time: {
                const auto us = types::time_from_storage(v);
                if (us) put_int64(*us, out_);
                return us.has_value();
            }
            case type_oid::timetz: {
                const auto t = types::timetz_from_storage(v);
                if (t) {
                    put_int64(t->us, out_);
                    put_int32(-t->east_seconds, out_);
                }
                return t.has_value();
            }
            case type_oid::interval:
                return put_interval(types::interval_from_storage(v));
            case type_oid::float4:
            case type_oid::float8:
                if (v != "NaN") return false;
                return (*this)(std::numeric_limits<double>::quiet_NaN());
            default:
                return put_array(v);
        }
    }

private:
    template <class T>
    result<bool> narrow(std::int64_t v) const {
        if (v < std::int64_t{std::numeric_limits<T>::min()} ||
            v > std::int64_t{std::numeric_limits<T>::max()}) {
            return types::number_out_of_range(type_);
        }
        put_big_endian(static_cast<T>(v), out_);
        return true;
    }

    bool put_timestamp(std::optional<std::int64_t> us) const {
        if (us) put_int64(types::is_infinite_us(*us) ? *us : *us - epoch_us, out_);
        return us.has_value();
    }
    bool put_date(std::optional<std::int32_t> day) const {
        if (day) put_int32(types::is_infinite_day(*day) ? *day : *day - epoch_day, out_);
        return day.has_value();
    }
    bool put_interval(std::optional<types::interval> v) const {
        if (!v) return false;
        put_int64(v->us, out_);
        put_int32(v->days, out_);
        put_int32(v->months, out_);
        return true;
    }
    result<bool> put_array(std::string_view v) const {
        const auto* info = types::find_type(type_);
        if (info == nullptr || info->element == 0) {
            // A void result is an empty value; the rest has no form to send.
            if (type_ == type_oid::void_) return true;
            if (wire_size(type_) != 0 || type_ == type_oid::bytea) return false;
            return no_binary_form(type_, "output");
        }
        const bool is_vector = type_ == type_oid::int2vector || type_ == type_oid::oidvector;
        if (is_vector && v == "{}") {
            // An empty vector is sent as one dimension of no elements.
            for (const std::int32_t word : {1, 0}) put_int32(word, out_);
            put_big_endian(info->element, out_);
            for (const std::int32_t word : {0, 0}) put_int32(word, out_);
            return true;
        }
        if (is_vector && !v.starts_with('{') && !v.starts_with('[')) {
            // The catalog may hold these in their external form.
            const auto literal = types::vector_in(type_, v);
            if (!literal) return literal.error();
            return put_array(*literal);
        }
        if (auto r = encode_array(info->element, v, out_); !r) return std::move(r).error();
        return true;
    }

    const types::oid type_;
    std::string& out_;
};

}  // namespace

result<void> binary_out(types::oid type, const value_view& v, std::string& out) {
    const binary_writer writer(type, out);
    auto written = std::visit(writer, v);
    if (written && !*written) {
        // Another program's value.
        auto ours = types::from_foreign_form(type, v);
        if (!ours) return std::move(ours).error();
        written = std::visit(writer, view_of(*ours));
    }
    if (!written) return std::move(written).error();
    if (!*written) return types::not_storage_form(type);
    return {};
}

}  // namespace historyd::protocol
