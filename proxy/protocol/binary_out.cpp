#include <bit>
#include <limits>
#include <optional>

#include "proxy/protocol/binary_array.hpp"
#include "proxy/protocol/binary_format.hpp"
#include "proxy/protocol/binary_layout.hpp"
#include "proxy/protocol/binary_numeric.hpp"
#include "proxy/protocol/byte_order.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/reg_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/type_errors.hpp"
#include "storage/types/vector_text.hpp"

namespace historyd::protocol {

namespace type_oid = types::type_oid;

namespace {

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
            case type_oid::inet:
            case type_oid::cidr: {
                const auto address = types::inet_from_storage(v);
                if (address) types::append_inet_bytes(*address, type_ == type_oid::cidr, out_);
                return address.has_value();
            }
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
        if (us) put_int64(types::is_infinite_us(*us) ? *us : *us - wire_epoch_us, out_);
        return us.has_value();
    }
    bool put_date(std::optional<std::int32_t> day) const {
        if (day) put_int32(types::is_infinite_day(*day) ? *day : *day - wire_epoch_day, out_);
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
