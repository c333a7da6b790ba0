#include "storage/types/cast_families.hpp"
#include "storage/types/json_text.hpp"
#include "storage/types/type_errors.hpp"

namespace historyd::types {

namespace {

std::string_view kind_name(json_kind k) {
    switch (k) {
        case json_kind::null:
            return "null";
        case json_kind::boolean:
            return "boolean";
        case json_kind::number:
            return "numeric";
        case json_kind::string:
            return "string";
        case json_kind::array:
            return "array";
        default:
            return "object";
    }
}

result<value> from_jsonb(oid to, const std::string& text) {
    const auto node = parse_jsonb(text);
    if (!node) return not_storage_form(type_oid::jsonb);
    const auto wanted = to == type_oid::bool_ ? json_kind::boolean : json_kind::number;
    if (node->kind != wanted) {
        return sql_error(sqlstate::invalid_parameter_value, "cannot cast jsonb " +
                                                                std::string(kind_name(node->kind)) +
                                                                " to type " + display_name(to));
    }
    if (to == type_oid::bool_) return value(std::int64_t{node->boolean ? 1 : 0});
    value number = node->text;
    if (to == type_oid::numeric) return number;
    return *cast_number(type_oid::numeric, to, number);
}

}  // namespace

std::optional<result<value>> cast_json(oid from, oid to, const value& v) {
    const auto* text = std::get_if<std::string>(&v);
    if (text == nullptr) return std::nullopt;
    if (from == type_oid::jsonb) {
        switch (to) {
            case type_oid::json:
                return v;
            case type_oid::bool_:
            case type_oid::int2:
            case type_oid::int4:
            case type_oid::int8:
            case type_oid::float4:
            case type_oid::float8:
            case type_oid::numeric:
                return from_jsonb(to, *text);
            default:
                return std::nullopt;
        }
    }
    if (from == type_oid::json && to == type_oid::jsonb) {
        auto normal = normalise_jsonb(*text);
        if (!normal) return normal.error();
        return value(std::move(*normal));
    }
    return std::nullopt;
}

}  // namespace historyd::types
