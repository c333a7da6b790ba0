#include "storage/types/foreign_form.hpp"

#include <cmath>
#include <cstdlib>
#include <optional>

#include "storage/types/datetime_parse.hpp"
#include "storage/types/inet_text.hpp"
#include "storage/types/numeric.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/type_errors.hpp"
#include "storage/types/type_io.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::types {

namespace {

bool is_timestamp(oid type) { return type == type_oid::timestamp || type == type_oid::timestamptz; }

value timestamp_value(oid type, std::int64_t us) {
    return type == type_oid::timestamp ? timestamp_to_storage(us) : timestamptz_to_storage(us);
}

// Seconds since 1970, or milliseconds as JavaScript counts: no date anyone keeps history of is so
// far out that the two meet.
result<value> timestamp_from_number(oid type, double v) {
    constexpr double seconds_max = 1e11;
    const double seconds = std::fabs(v) > seconds_max ? v / 1000 : v;
    const double us = std::rint(seconds * 1e6);
    if (!(std::fabs(us) < 9e18) || !in_range_us(static_cast<std::int64_t>(us))) {
        return not_storage_form(type);
    }
    return timestamp_value(type, static_cast<std::int64_t>(us));
}

result<value> from_integer(oid type, storage_form form, std::int64_t v) {
    if (type == type_oid::bool_) return value(std::int64_t{v != 0 ? 1 : 0});
    if (form == storage_form::integer) return value(v);
    if (form == storage_form::real) return value(static_cast<double>(v));
    if (is_timestamp(type)) return timestamp_from_number(type, static_cast<double>(v));
    return text_in({type, -1}, std::to_string(v), io_settings{});
}

result<value> from_real(oid type, storage_form form, double v) {
    if (form == storage_form::real) return value(v);
    if (is_timestamp(type)) return timestamp_from_number(type, v);
    if (type == type_oid::bool_) return value(std::int64_t{v != 0 ? 1 : 0});
    if (form == storage_form::integer) {
        if (v != std::trunc(v) || std::fabs(v) >= 0x1p63) return not_storage_form(type);
        return value(static_cast<std::int64_t>(v));
    }
    if (type == type_oid::numeric) return value(numeric::from_float8(v).to_string());
    std::string text;
    format_float8(v, 1, text);
    return text_in({type, -1}, text, io_settings{});
}

result<value> from_text(oid type, std::string_view text) {
    const io_settings utc;
    if (is_timestamp(type)) {
        // An offset counts for either type: it names the instant that was meant.
        const auto us = parse_timestamptz(text, utc);
        if (!us) return us.error();
        return timestamp_value(type, *us);
    }
    if (type == type_oid::bytea) return value(blob{std::string(text)});
    return text_in({type, -1}, text, utc);
}

result<value> from_blob(oid type, storage_form form, std::string_view bytes) {
    if (form == storage_form::blob) return value(blob{std::string(bytes)});
    if (auto r = check_utf8(bytes); !r) return r.error();
    return from_text(type, bytes);
}

result<value> from_other_form(oid type, storage_form form, const value_view& v) {
    if (const auto* integer = std::get_if<std::int64_t>(&v)) {
        return from_integer(type, form, *integer);
    }
    if (const auto* real = std::get_if<double>(&v)) return from_real(type, form, *real);
    if (const auto* text = std::get_if<std::string_view>(&v)) return from_text(type, *text);
    if (const auto* bytes = std::get_if<blob_view>(&v)) return from_blob(type, form, bytes->bytes);
    return not_storage_form(type);
}

// What mem0 writes, and so what its tables are full of: storage form but for the T.
std::optional<value> from_isoformat(oid type, const value_view& v) {
    constexpr std::size_t t_at = 10;
    const auto* text = std::get_if<std::string_view>(&v);
    if (type != type_oid::timestamptz || text == nullptr || text->size() <= t_at ||
        (*text)[t_at] != 'T') {
        return std::nullopt;
    }
    std::string stored(*text);
    stored[t_at] = ' ';
    if (!timestamptz_from_storage(stored)) return std::nullopt;
    return value(std::move(stored));
}

}  // namespace

bool is_storage_form(oid type, const value_view& v) {
    if (is_null(v)) return true;
    const auto* info = find_type(type);
    if (info == nullptr) return false;
    switch (info->form) {
        case storage_form::integer:
            return std::holds_alternative<std::int64_t>(v);
        case storage_form::blob:
            return std::holds_alternative<blob_view>(v);
        case storage_form::real: {
            const auto* nan = std::get_if<std::string_view>(&v);
            return std::holds_alternative<double>(v) || (nan != nullptr && *nan == "NaN");
        }
        case storage_form::text:
            break;
    }
    const auto* text = std::get_if<std::string_view>(&v);
    if (text == nullptr) return false;
    switch (type) {
        case type_oid::timestamp:
            return timestamp_from_storage(*text).has_value();
        case type_oid::timestamptz:
            return timestamptz_from_storage(*text).has_value();
        case type_oid::date:
            return date_from_storage(*text).has_value();
        case type_oid::time:
            return time_from_storage(*text).has_value();
        case type_oid::timetz:
            return timetz_from_storage(*text).has_value();
        case type_oid::uuid:
            return is_canonical_uuid(*text);
        case type_oid::inet:
        case type_oid::cidr:
            return inet_from_storage(*text).has_value();
        default:
            return true;
    }
}

result<value> from_foreign_form(oid type, const value_view& v) {
    if (is_storage_form(type, v)) return to_value(v);
    if (auto instant = from_isoformat(type, v)) return *std::move(instant);
    const auto* info = find_type(type);
    if (info == nullptr) return not_storage_form(type);
    auto read = from_other_form(type, info->form, v);
    // Why it cannot be read matters less than that the file holds it.
    if (!read) return not_storage_form(type).with_detail(read.error().message);
    return read;
}

}  // namespace historyd::types
