#include <charconv>
#include <cmath>
#include <limits>

#include "storage/types/array_text.hpp"
#include "storage/types/datetime_format.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/reg_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/type_errors.hpp"
#include "storage/types/type_io.hpp"
#include "storage/types/vector_text.hpp"

namespace historyd::types {

namespace {

// Prints a value that is in storage form. Returns: false when it turns out not to be.
class text_writer {
public:
    text_writer(oid type, const io_settings& settings, std::string& out)
        : type_(type), settings_(settings), out_(out) {}

    result<bool> operator()(std::monostate) const { return false; }

    result<bool> operator()(std::int64_t v) const {
        switch (type_) {
            case type_oid::bool_:
                out_ += v != 0 ? 't' : 'f';
                return true;
            case type_oid::int2:
            case type_oid::int4:
            case type_oid::int8:
            case type_oid::oid_:
            case type_oid::xid:
            case type_oid::cid:
                format_integer(v, out_);
                return true;
            default:
                break;
        }
        if (!is_reg_type(type_)) return false;
        reg_out(type_, v, settings_, out_);
        return true;
    }

    result<bool> operator()(double v) const {
        if (type_ == type_oid::float8) {
            format_float8(v, settings_.extra_float_digits, out_);
        } else if (type_ == type_oid::float4) {
            format_float4(static_cast<float>(v), settings_.extra_float_digits, out_);
        } else {
            return false;
        }
        return true;
    }

    result<bool> operator()(blob_view v) const {
        if (type_ != type_oid::bytea) return false;
        if (settings_.bytea == bytea_output::hex) {
            format_bytea_hex(v.bytes, out_);
        } else {
            format_bytea_escape(v.bytes, out_);
        }
        return true;
    }

    result<bool> operator()(std::string_view v) const {
        switch (type_) {
            case type_oid::timestamptz:
                return write_timestamptz(v);
            case type_oid::timestamp:
                return write_timestamp(v);
            case type_oid::date:
                return write(date_from_storage(v), format_date);
            case type_oid::time: {
                const auto t = time_from_storage(v);
                if (t) format_time(*t, out_);
                return t.has_value();
            }
            case type_oid::timetz: {
                const auto t = timetz_from_storage(v);
                if (t) format_timetz(*t, out_);
                return t.has_value();
            }
            case type_oid::interval:
                return write_interval(v);
            case type_oid::uuid:
                if (!is_canonical_uuid(v)) return false;
                break;
            case type_oid::inet:
            case type_oid::cidr:
                if (!inet_from_storage(v)) return false;
                break;
            case type_oid::float4:
            case type_oid::float8:
                if (v != "NaN") return false;
                break;
            case type_oid::bool_:
            case type_oid::int2:
            case type_oid::int4:
            case type_oid::int8:
            case type_oid::oid_:
            case type_oid::xid:
            case type_oid::cid:
            case type_oid::bytea:
                return false;
            case type_oid::int2vector:
            case type_oid::oidvector:
                return done(vector_out(v, out_));
            default:
                return write_other_text(v);
        }
        out_ += v;
        return true;
    }

private:
    template <class T, class Format>
    bool write(std::optional<T> v, Format format) const {
        if (v) format(*v, settings_, out_);
        return v.has_value();
    }

    bool write_timestamp(std::string_view v) const {
        const auto us = timestamp_from_storage(v);
        if (us && settings_.style == date_style::iso && !is_infinite_us(*us)) {
            write_iso(v);
            return true;
        }
        return write(us, format_timestamp);
    }

    bool write_timestamptz(std::string_view v) const {
        const auto us = timestamptz_from_storage(v);
        if (us && settings_.style == date_style::iso && !is_infinite_us(*us) &&
            settings_.time_zone == absl::UTCTimeZone()) {
            write_iso(v);
            out_ += "+00";
            return true;
        }
        return write(us, format_timestamptz);
    }

    // Storage form is ISO style but for the zone and the zeros that end the fraction.
    void write_iso(std::string_view stored) const {
        constexpr std::size_t second_length = 19, timestamp_length = 26;
        const auto last = stored.find_last_not_of('0', timestamp_length - 1);
        out_ += stored.substr(0, last == second_length ? second_length : last + 1);
    }

    bool write_interval(std::string_view v) const {
        if (settings_.intervals == interval_style::postgres) {
            out_ += v;
            return true;
        }
        const auto i = interval_from_storage(v);
        if (i) format_interval(*i, settings_.intervals, out_);
        return i.has_value();
    }

    result<bool> write_other_text(std::string_view v) const {
        const auto* info = find_type(type_);
        if (info != nullptr && info->element != 0) {
            return done(array_out(info->element, v, settings_, out_));
        }
        if (is_reg_type(type_)) return false;
        out_ += v;
        return true;
    }

    static result<bool> done(result<void>&& r) {
        if (!r) return std::move(r).error();
        return true;
    }

    const oid type_;
    const io_settings& settings_;
    std::string& out_;
};

}  // namespace

result<void> text_out(type_ref type, const value_view& v, const io_settings& settings,
                      std::string& out) {
    const text_writer writer(type.id, settings, out);
    auto written = std::visit(writer, v);
    if (!written) return std::move(written).error();
    if (*written) return {};
    // Another program's value.
    auto ours = from_foreign_form(type.id, v);
    if (!ours) return std::move(ours).error();
    written = std::visit(writer, view_of(*ours));
    if (!written) return std::move(written).error();
    if (!*written) return not_storage_form(type.id);
    return {};
}

}  // namespace historyd::types
