#include <charconv>
#include <cmath>

#include "storage/types/array_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/type_errors.hpp"

namespace historyd::types {

namespace {

// What elements print like no matter the session's settings, and so already do in storage form.
bool prints_as_stored(oid element) {
    switch (element) {
        case type_oid::float4:
        case type_oid::float8:
        case type_oid::timestamp:
        case type_oid::timestamptz:
        case type_oid::date:
        case type_oid::time:
        case type_oid::timetz:
        case type_oid::interval:
        case type_oid::bytea:
            return false;
        default:
            break;
    }
    const auto* info = find_type(element);
    return info != nullptr && info->category != 'P' &&
           (info->form == storage_form::text || element == type_oid::bool_ ||
            element == type_oid::int2 || element == type_oid::int4 || element == type_oid::int8 ||
            element == type_oid::oid_);
}

}  // namespace

std::string element_text(oid element, const value_view& v) {
    std::string out;
    if (const auto* text = std::get_if<std::string_view>(&v)) {
        out = *text;
    } else if (const auto* integer = std::get_if<std::int64_t>(&v)) {
        if (element == type_oid::bool_) {
            out = *integer != 0 ? "t" : "f";
        } else {
            format_integer(*integer, out);
        }
    } else if (const auto* real = std::get_if<double>(&v)) {
        if (element == type_oid::float4) {
            format_float4(static_cast<float>(*real), 1, out);
        } else {
            format_float8(*real, 1, out);
        }
    } else if (const auto* bytes = std::get_if<blob_view>(&v)) {
        format_bytea_hex(bytes->bytes, out);
    }
    return out;
}

result<value> element_value(oid element, std::string_view text) {
    const auto* info = find_type(element);
    if (info == nullptr) return not_storage_form(element);
    switch (info->form) {
        case storage_form::text:
            return value(std::string(text));
        case storage_form::blob: {
            auto bytes = parse_bytea(text);
            if (!bytes) return bytes.error();
            return value(blob{std::move(*bytes)});
        }
        case storage_form::real: {
            const auto v = parse_float8(text);
            if (!v) return v.error();
            if (std::isnan(*v)) return value(std::string("NaN"));
            // The shortest text of a float4 names another double than the float4 itself.
            if (element == type_oid::float4) {
                return value(static_cast<double>(static_cast<float>(*v)));
            }
            return value(*v);
        }
        case storage_form::integer:
            break;
    }
    if (element == type_oid::bool_) {
        const auto v = parse_bool(text);
        if (!v) return v.error();
        return value(std::int64_t{*v ? 1 : 0});
    }
    const auto v = parse_int8(text);
    if (!v) return v.error();
    return value(*v);
}

result<std::string> array_in(type_ref element, std::string_view literal,
                             const io_settings& settings) {
    auto a = parse_array(literal);
    if (!a) return a.error();
    for (auto& item : a->elements) {
        if (!item) continue;
        const auto v = text_in(element, *item, settings);
        if (!v) return v.error();
        item = element_text(element.id, view_of(*v));
    }
    return array_to_text(*a);
}

result<void> array_out(oid element, std::string_view stored, const io_settings& settings,
                       std::string& out) {
    if (prints_as_stored(element)) {
        out += stored;
        return {};
    }
    auto a = parse_array(stored);
    if (!a) return a.error();
    for (auto& item : a->elements) {
        if (!item) continue;
        const auto v = element_value(element, *item);
        if (!v) return v.error();
        std::string text;
        if (auto r = text_out({element, -1}, view_of(*v), settings, text); !r) return r;
        item = std::move(text);
    }
    format_array(*a, out);
    return {};
}

}  // namespace historyd::types
