#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/json_slice.hpp"

// json_each(), json_array_elements() and their kin as rows.

namespace historyd::sqlite {
namespace {

sql_error invalid(std::string message) {
    return {sqlstate::invalid_parameter_value, std::move(message)};
}

template <json_give Give>
result<value> part_value(std::string_view part) {
    if (Give == json_give::json) return value(std::string(part));
    auto text = json_as_text(part);
    if (!text) return text.error();
    return *text ? value(std::move(**text)) : value();
}

std::string function_name(json_flavour kind, const char* suffix, json_give what) {
    return (kind == json_flavour::jsonb ? "jsonb_" : "json_") + std::string(suffix) +
           (what == json_give::text ? "_text" : "");
}

template <json_flavour Flavour, json_give Give>
result<row_source_ptr> array_elements(const function_call& c) {
    const auto kind = kind_of_json(c.text(0));
    if (!kind) return kind.error();
    if (*kind != json_kind::array) {
        const bool object = *kind == json_kind::object;
        if (Flavour == json_flavour::jsonb) {
            return invalid(object ? "cannot extract elements from an object"
                                  : "cannot extract elements from a scalar");
        }
        return invalid("cannot call " + function_name(Flavour, "array_elements", Give) + " on a " +
                       (object ? "non-array" : "scalar"));
    }
    const auto elements = json_elements(c.text(0));
    if (!elements) return elements.error();
    std::vector<value> values;
    for (const auto element : *elements) {
        auto v = part_value<Give>(element);
        if (!v) return v.error();
        values.push_back(std::move(*v));
    }
    return known_values(std::move(values));
}

template <json_flavour Flavour, json_give Give>
result<row_source_ptr> each(const function_call& c) {
    const auto kind = kind_of_json(c.text(0));
    if (!kind) return kind.error();
    if (*kind != json_kind::object) {
        if (Flavour == json_flavour::jsonb) {
            return invalid("cannot call " + function_name(Flavour, "each", Give) +
                           " on a non-object");
        }
        return invalid(*kind == json_kind::array ? "cannot deconstruct an array as an object"
                                                 : "cannot deconstruct a scalar");
    }
    auto members = json_members(c.text(0));
    if (!members) return members.error();
    std::vector<std::vector<value>> rows;
    for (auto& member : *members) {
        auto v = part_value<Give>(member.value);
        if (!v) return v.error();
        rows.push_back({std::move(member.key), std::move(*v)});
    }
    return known_rows(std::move(rows));
}

template <json_flavour Flavour>
result<row_source_ptr> object_keys(const function_call& c) {
    const auto kind = kind_of_json(c.text(0));
    if (!kind) return kind.error();
    if (*kind != json_kind::object) {
        return invalid("cannot call " + function_name(Flavour, "object_keys", json_give::json) +
                       " on " + (*kind == json_kind::array ? "an array" : "a scalar"));
    }
    auto members = json_members(c.text(0));
    if (!members) return members.error();
    std::vector<value> keys;
    for (auto& member : *members) keys.emplace_back(std::move(member.key));
    return known_values(std::move(keys));
}

}  // namespace

std::span<const table_function> json_row_functions() {
    static const std::vector<const char*> one = {"value"}, two = {"key", "value"};
    static const table_function functions[] = {
        {"pg_json_array_elements", 1, one, true,
         array_elements<json_flavour::json, json_give::json>},
        {"pg_json_array_elements_text", 1, one, true,
         array_elements<json_flavour::json, json_give::text>},
        {"pg_jsonb_array_elements", 1, one, true,
         array_elements<json_flavour::jsonb, json_give::json>},
        {"pg_jsonb_array_elements_text", 1, one, true,
         array_elements<json_flavour::jsonb, json_give::text>},
        {"pg_json_object_keys", 1, one, true, object_keys<json_flavour::json>},
        {"pg_jsonb_object_keys", 1, one, true, object_keys<json_flavour::jsonb>},
        {"pg_json_each", 1, two, true, each<json_flavour::json, json_give::json>},
        {"pg_json_each_text", 1, two, true, each<json_flavour::json, json_give::text>},
        {"pg_jsonb_each", 1, two, true, each<json_flavour::jsonb, json_give::json>},
        {"pg_jsonb_each_text", 1, two, true, each<json_flavour::jsonb, json_give::text>},
    };
    return functions;
}

}  // namespace historyd::sqlite
