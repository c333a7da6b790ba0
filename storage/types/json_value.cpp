#include "storage/types/json_value.hpp"

#include "storage/types/array_text.hpp"
#include "storage/types/json_text.hpp"

namespace historyd::types {
namespace {

namespace t = type_oid;

// Dates and times are ISO 8601 whatever DateStyle says: the date and time joined by a T.
result<void> append_iso_time(oid type, const value_view& v, const io_settings& io,
                             std::string& out) {
    auto iso = io;
    iso.style = date_style::iso;
    std::string text;
    if (auto ok = text_out({.id = type}, v, iso, text); !ok) return ok;
    if (type != t::date && text.size() > 10 && text[10] == ' ') text[10] = 'T';
    // PostgreSQL's +00 is ISO's +00:00.
    if (type == t::timestamptz && text.size() > 3) {
        const char sign = text[text.size() - 3];
        if (sign == '+' || sign == '-') text += ":00";
    }
    append_json_string(text, out);
    return {};
}

// JSON has no NaN and no infinities.
bool is_json_number(std::string_view text) {
    return !text.empty() && (text.back() >= '0' && text.back() <= '9');
}

result<void> append_array(oid element, std::string_view literal, const io_settings& io,
                          std::string& out) {
    const auto parsed = parse_array(literal);
    if (!parsed) return parsed.error();
    std::size_t next = 0;
    const auto append_dimension = [&](const auto& self, std::size_t d) -> result<void> {
        out += '[';
        for (std::int32_t i = 0; i < parsed->dimensions[d].length; ++i) {
            if (i > 0) out += ',';
            if (d + 1 < parsed->dimensions.size()) {
                if (auto ok = self(self, d + 1); !ok) return ok;
                continue;
            }
            const auto& e = parsed->elements[next++];
            if (!e) {
                out += "null";
                continue;
            }
            const auto v = element_value(element, *e);
            if (!v) return v.error();
            if (auto ok = append_json(element, view_of(*v), io, out); !ok) return ok;
        }
        out += ']';
        return {};
    };
    if (parsed->dimensions.empty()) {
        out += "[]";
        return {};
    }
    return append_dimension(append_dimension, 0);
}

}  // namespace

result<void> append_json(oid type, const value_view& v, const io_settings& io, std::string& out) {
    if (is_null(v)) {
        out += "null";
        return {};
    }
    std::string text;
    switch (type) {
        case t::bool_:
            out += std::get_if<std::int64_t>(&v) != nullptr && std::get<std::int64_t>(v) != 0
                       ? "true"
                       : "false";
            return {};
        case t::int2:
        case t::int4:
        case t::int8:
        case t::float4:
        case t::float8:
        case t::numeric:
            if (auto ok = text_out({.id = type}, v, io, text); !ok) return ok;
            if (is_json_number(text)) {
                out += text;
            } else {
                append_json_string(text, out);
            }
            return {};
        case t::json:
        case t::jsonb:
            return text_out({.id = type}, v, io, out);
        case t::date:
        case t::timestamp:
        case t::timestamptz:
            return append_iso_time(type, v, io, out);
        case t::unknown:
            type = t::text;
            break;
        default:
            break;
    }
    const auto* info = find_type(type);
    const auto* literal = std::get_if<std::string_view>(&v);
    if (info != nullptr && info->element != 0 && literal != nullptr) {
        return append_array(info->element, *literal, io, out);
    }
    if (auto ok = text_out({.id = type}, v, io, text); !ok) return ok;
    append_json_string(text, out);
    return {};
}

result<void> append_json_key(oid type, const value_view& v, const io_settings& io,
                             std::string& out) {
    if (type == t::json || type == t::jsonb || is_array(type)) {
        return sql_error(sqlstate::invalid_parameter_value,
                         "key value must be scalar, not array, composite, or json");
    }
    std::string text;
    if (auto ok = append_json(type, v, io, text); !ok) return ok;
    if (text.starts_with('"')) {
        out += text;
    } else {
        append_json_string(text, out);
    }
    return {};
}

result<value> as_jsonb(const result<std::string>& json) {
    if (!json) return json.error();
    auto normal = normalise_jsonb(*json);
    if (!normal) return normal.error();
    return value(std::move(*normal));
}

}  // namespace historyd::types
