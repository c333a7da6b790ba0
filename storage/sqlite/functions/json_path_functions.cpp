#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/json_slice.hpp"
#include "storage/types/array_text.hpp"

// Parts of json and jsonb: -> ->> #> #>> and the functions behind them.

namespace historyd::sqlite {
namespace {

using part = result<std::optional<std::string_view>>;

template <json_give Give>
result<value> answer(const part& found) {
    if (!found) return found.error();
    if (!*found) return value();
    if (Give == json_give::json) return value(std::string(**found));
    auto text = json_as_text(**found);
    if (!text) return text.error();
    return *text ? value(std::move(**text)) : value();
}

template <json_give Give>
result<value> field(const function_call& c) {
    return answer<Give>(json_field(c.text(0), c.text(1)));
}

template <json_give Give>
result<value> element(const function_call& c) {
    return answer<Give>(json_element(c.text(0), c.integer(1)));
}

// PostgreSQL keeps a scalar of jsonb as an array of one element, and here it shows.
template <json_give Give>
result<value> jsonb_element(const function_call& c) {
    const auto kind = kind_of_json(c.text(0));
    if (!kind) return kind.error();
    const bool scalar = *kind != json_kind::array && *kind != json_kind::object;
    if (!scalar) return element<Give>(c);
    const auto index = c.integer(1);
    return answer<Give>(index == 0 || index == -1 ? std::optional(c.text(0)) : std::nullopt);
}

// Steps of a text[]; a NULL among them leads nowhere.
result<std::optional<std::vector<std::string>>> steps_of(std::string_view literal) {
    using steps = std::optional<std::vector<std::string>>;
    auto parsed = types::parse_array(literal);
    if (!parsed) return parsed.error();
    std::vector<std::string> out;
    for (auto& e : parsed->elements) {
        if (!e) return steps();
        out.push_back(std::move(*e));
    }
    return steps(std::move(out));
}

template <json_give Give>
result<value> path(const function_call& c) {
    const auto steps = steps_of(c.text(1));
    if (!steps) return steps.error();
    if (!*steps) return value();
    return answer<Give>(json_path(c.text(0), **steps));
}

// json_extract_path(json, step, ...).
template <json_give Give>
result<value> extract_path(const function_call& c) {
    std::vector<std::string> steps;
    for (int i = 1; i < c.count(); ++i) steps.emplace_back(c.text(i));
    return answer<Give>(json_path(c.text(0), steps));
}

result<value> type_of(const function_call& c) {
    static constexpr const char* names[] = {"null",   "boolean", "number",
                                            "string", "array",   "object"};
    const auto kind = kind_of_json(c.text(0));
    if (!kind) return kind.error();
    return value(std::string(names[static_cast<std::size_t>(*kind)]));
}

result<value> array_length(const function_call& c) {
    const auto kind = kind_of_json(c.text(0));
    if (!kind) return kind.error();
    if (*kind != json_kind::array) {
        return sql_error(sqlstate::invalid_parameter_value,
                         *kind == json_kind::object ? "cannot get array length of a non-array"
                                                    : "cannot get array length of a scalar");
    }
    const auto elements = json_elements(c.text(0));
    if (!elements) return elements.error();
    return value(static_cast<std::int64_t>(elements->size()));
}

result<value> jsonpath_refused(const function_call&) {
    return unsupported("jsonpath is not supported", "Use ->, #> and @> instead.");
}

}  // namespace

std::span<const scalar_function> json_path_functions() {
    static constexpr scalar_function functions[] = {
        strict<field<json_give::json>>("pg_json_field", 2),
        strict<field<json_give::text>>("pg_json_field_text", 2),
        strict<element<json_give::json>>("pg_json_element", 2),
        strict<element<json_give::text>>("pg_json_element_text", 2),
        strict<jsonb_element<json_give::json>>("pg_jsonb_element", 2),
        strict<jsonb_element<json_give::text>>("pg_jsonb_element_text", 2),
        strict<path<json_give::json>>("pg_json_path", 2),
        strict<path<json_give::text>>("pg_json_path_text", 2),
        strict<extract_path<json_give::json>>("pg_json_extract_path", -1),
        strict<extract_path<json_give::text>>("pg_json_extract_path_text", -1),
        strict<type_of>("pg_json_typeof", 1),
        strict<array_length>("pg_json_array_length", 1),
        nullable<jsonpath_refused>("pg_jsonpath_refused", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
